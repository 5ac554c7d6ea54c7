
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
        &'meshgate;status'= {
            cand --config 'Take the settings from this file'
            cand --namespace 'The namespace of resources that do not say theirs'
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
