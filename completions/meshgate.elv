
use builtin;
use str;

set edit:completion:arg-completer[meshgate] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'meshgate'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'meshgate'= {
            cand --color 'When to use colours'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand lint 'Check manifests'
            cand fix 'Fix manifests'
            cand trace 'Follow a request through the mesh'
            cand compile 'Write Envoy configuration'
            cand status 'Show the conditions that controllers would write'
            cand explain 'Explain a rule'
            cand rules 'List all rules'
            cand completions 'Print completions for a shell'
            cand schema 'Print the JSON Schema of meshgate.yaml'
            cand init 'Write a meshgate.yaml to start from'
        }
        &'meshgate;lint'= {
            cand --config 'Take the settings from this file'
            cand --namespace 'The namespace of resources that do not say theirs'
            cand --crd 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times'
            cand --min-severity 'Show findings of at least this severity'
            cand --fail-on 'Exit with 1 when something of at least this severity is found'
            cand --output-format 'How to print findings'
            cand --output 'Print findings in several formats at once, each to a file or (one of them) to standard output'
            cand --baseline 'Leave out findings that this file has'
            cand --since 'Report only findings that touch lines changed since this revision'
            cand --color 'When to use colours'
            cand --no-config 'Do not look for a meshgate.yaml'
            cand --complete 'Take the input for the whole cluster: what is not in it does not exist'
            cand --pedantic 'Show what may be wrong, depending on what the input does not show'
            cand --fix 'Fix what can be fixed, and print what is left'
            cand --unsafe-fixes 'With --fix, make unsafe fixes as well: those that change who may talk to whom, or where traffic goes'
            cand --statistics 'Print how often each rule found something, instead of the findings'
            cand --timings 'With --verbose, say how long each rule took'
            cand --write-baseline 'Write all findings into the file that --baseline names'
            cand --prune-baseline 'Drop from the file that --baseline names what is not found any more'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;fix'= {
            cand --config 'Take the settings from this file'
            cand --namespace 'The namespace of resources that do not say theirs'
            cand --crd 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times'
            cand --only 'Make the fixes of this rule and of no other; may be given several times'
            cand --output-dir 'Write the whole tree, fixed, into a new folder, and leave the originals alone'
            cand --stdin-filename 'The path that standard input stands for; the fixed text goes to standard output'
            cand --min-severity 'Show findings of at least this severity'
            cand --fail-on 'Exit with 1 when something of at least this severity is found'
            cand --output-format 'How to print what is left'
            cand --color 'When to use colours'
            cand --no-config 'Do not look for a meshgate.yaml'
            cand --complete 'Take the input for the whole cluster: what is not in it does not exist'
            cand --unsafe-fixes 'Make unsafe fixes as well: those that change who may talk to whom, or where traffic goes'
            cand --diff 'Print what would change as a unified diff, and write nothing'
            cand --pedantic 'Show what may be wrong, depending on what the input does not show'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;trace'= {
            cand --config 'Take the settings from this file'
            cand --namespace 'The namespace of resources that do not say theirs'
            cand --crd 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times'
            cand -X 'The method of the request'
            cand --method 'The method of the request'
            cand -H 'A header of the request, as `name: value`; may be given several times'
            cand --header 'A header of the request, as `name: value`; may be given several times'
            cand --gateway 'The Gateway that the request comes in at, as [CLUSTER/]NAMESPACE/NAME'
            cand --from 'A client in the mesh, as [CLUSTER/]NAMESPACE/SERVICEACCOUNT; without it the request comes from outside'
            cand --client-ip 'The address of the client, for policies that look at it'
            cand --down 'Suppose that a workload has no endpoints: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times'
            cand --not-ready 'Suppose that no pod of a workload is ready: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times'
            cand --profile 'In which order rules are tried; `auto` is the order of the product behind each Gateway''s class'
            cand --expect 'Follow the requests of this file, and report those that do not end as it says; may be given several times'
            cand --output-format 'How to print the way (full or json), or the promises that are not kept'
            cand --output 'With --expect, print in several formats at once, each to a file or (one of them) to standard output'
            cand --color 'When to use colours'
            cand --no-config 'Do not look for a meshgate.yaml'
            cand --complete 'Take the input for the whole cluster: what is not in it does not exist'
            cand --east-west 'The client calls the Service itself, past all gateways'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;compile'= {
            cand --config 'Take the settings from this file'
            cand --namespace 'The namespace of resources that do not say theirs'
            cand --crd 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times'
            cand --gateway 'The Gateway, as [CLUSTER/]NAMESPACE/NAME'
            cand --profile 'Whose order of rules holds'
            cand --endpoints 'How backends are found'
            cand --endpoint 'Where one backend is: NS/SVC:PORT=ADDR:PORT or hostname/HOST:PORT=ADDR:PORT; may be given several times'
            cand --listen 'Where one port of the Gateway listens: PORT=ADDR:PORT, or PORT/UDP=ADDR:PORT; may be given several times'
            cand --format 'What to write'
            cand -o 'The file or folder to write; standard output without it'
            cand --output 'The file or folder to write; standard output without it'
            cand --secrets 'Where certificates and keys go'
            cand --envoy 'The Envoy to ask; unless said, that of ENVOY_BIN, or the one on the PATH'
            cand --color 'When to use colours'
            cand --no-config 'Do not look for a meshgate.yaml'
            cand --complete 'Take the input for the whole cluster: what is not in it does not exist'
            cand --all 'All Gateways but waypoints and east-west gateways'
            cand --keep-going 'Go on with errors in the input: what is broken gets the answers that the Gateway API prescribes'
            cand --no-places 'Leave out from which file and line each object comes'
            cand --validate 'Ask a real Envoy before anything is written'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;status'= {
            cand --config 'Take the settings from this file'
            cand --namespace 'The namespace of resources that do not say theirs'
            cand --crd 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times'
            cand --gateway 'Show this Gateway and what belongs to it, and nothing else'
            cand --output-format 'How to print conditions'
            cand --color 'When to use colours'
            cand --no-config 'Do not look for a meshgate.yaml'
            cand --complete 'Take the input for the whole cluster: what is not in it does not exist'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;explain'= {
            cand --color 'When to use colours'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;rules'= {
            cand --output-format 'How to print them'
            cand --color 'When to use colours'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;completions'= {
            cand --color 'When to use colours'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;schema'= {
            cand --color 'When to use colours'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshgate;init'= {
            cand --color 'When to use colours'
            cand --force 'Overwrite a meshgate.yaml that is there already'
            cand -q 'Print findings, but no summary and no hints'
            cand --quiet 'Print findings, but no summary and no hints'
            cand -v 'Say more: files that were passed over, versions that were found and where'
            cand --verbose 'Say more: files that were passed over, versions that were found and where'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
