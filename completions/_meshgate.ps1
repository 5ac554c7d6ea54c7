
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'meshgate' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'meshgate'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'meshgate' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Check manifests')
            [CompletionResult]::new('fix', 'fix', [CompletionResultType]::ParameterValue, 'Fix manifests')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'Follow a request through the mesh')
            [CompletionResult]::new('compile', 'compile', [CompletionResultType]::ParameterValue, 'Write Envoy configuration')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show the conditions that controllers would write')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a rule')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List all rules')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print completions for a shell')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of meshgate.yaml')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a meshgate.yaml to start from')
            break
        }
        'meshgate;lint' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings from this file')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of resources that do not say theirs')
            [CompletionResult]::new('--crd', '--crd', [CompletionResultType]::ParameterName, 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times')
            [CompletionResult]::new('--min-severity', '--min-severity', [CompletionResultType]::ParameterName, 'Show findings of at least this severity')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit with 1 when something of at least this severity is found')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print findings')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print findings in several formats at once, each to a file or (one of them) to standard output')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Leave out findings that this file has')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Report only findings that touch lines changed since this revision')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Do not look for a meshgate.yaml')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'Take the input for the whole cluster: what is not in it does not exist')
            [CompletionResult]::new('--pedantic', '--pedantic', [CompletionResultType]::ParameterName, 'Show what may be wrong, depending on what the input does not show')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'Fix what can be fixed, and print what is left')
            [CompletionResult]::new('--unsafe-fixes', '--unsafe-fixes', [CompletionResultType]::ParameterName, 'With --fix, make unsafe fixes as well: those that change who may talk to whom, or where traffic goes')
            [CompletionResult]::new('--statistics', '--statistics', [CompletionResultType]::ParameterName, 'Print how often each rule found something, instead of the findings')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'With --verbose, say how long each rule took')
            [CompletionResult]::new('--write-baseline', '--write-baseline', [CompletionResultType]::ParameterName, 'Write all findings into the file that --baseline names')
            [CompletionResult]::new('--prune-baseline', '--prune-baseline', [CompletionResultType]::ParameterName, 'Drop from the file that --baseline names what is not found any more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;fix' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings from this file')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of resources that do not say theirs')
            [CompletionResult]::new('--crd', '--crd', [CompletionResultType]::ParameterName, 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Make the fixes of this rule and of no other; may be given several times')
            [CompletionResult]::new('--output-dir', '--output-dir', [CompletionResultType]::ParameterName, 'Write the whole tree, fixed, into a new folder, and leave the originals alone')
            [CompletionResult]::new('--stdin-filename', '--stdin-filename', [CompletionResultType]::ParameterName, 'The path that standard input stands for; the fixed text goes to standard output')
            [CompletionResult]::new('--min-severity', '--min-severity', [CompletionResultType]::ParameterName, 'Show findings of at least this severity')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit with 1 when something of at least this severity is found')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print what is left')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Do not look for a meshgate.yaml')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'Take the input for the whole cluster: what is not in it does not exist')
            [CompletionResult]::new('--unsafe-fixes', '--unsafe-fixes', [CompletionResultType]::ParameterName, 'Make unsafe fixes as well: those that change who may talk to whom, or where traffic goes')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Print what would change as a unified diff, and write nothing')
            [CompletionResult]::new('--pedantic', '--pedantic', [CompletionResultType]::ParameterName, 'Show what may be wrong, depending on what the input does not show')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;trace' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings from this file')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of resources that do not say theirs')
            [CompletionResult]::new('--crd', '--crd', [CompletionResultType]::ParameterName, 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'The method of the request')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method of the request')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A header of the request, as `name: value`; may be given several times')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header of the request, as `name: value`; may be given several times')
            [CompletionResult]::new('--gateway', '--gateway', [CompletionResultType]::ParameterName, 'The Gateway that the request comes in at, as [CLUSTER/]NAMESPACE/NAME')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'A client in the mesh, as [CLUSTER/]NAMESPACE/SERVICEACCOUNT; without it the request comes from outside')
            [CompletionResult]::new('--client-ip', '--client-ip', [CompletionResultType]::ParameterName, 'The address of the client, for policies that look at it')
            [CompletionResult]::new('--down', '--down', [CompletionResultType]::ParameterName, 'Suppose that a workload has no endpoints: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times')
            [CompletionResult]::new('--not-ready', '--not-ready', [CompletionResultType]::ParameterName, 'Suppose that no pod of a workload is ready: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'In which order rules are tried; `auto` is the order of the product behind each Gateway''s class')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'Follow the requests of this file, and report those that do not end as it says; may be given several times')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print the way (full or json), or the promises that are not kept')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'With --expect, print in several formats at once, each to a file or (one of them) to standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Do not look for a meshgate.yaml')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'Take the input for the whole cluster: what is not in it does not exist')
            [CompletionResult]::new('--east-west', '--east-west', [CompletionResultType]::ParameterName, 'The client calls the Service itself, past all gateways')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;compile' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings from this file')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of resources that do not say theirs')
            [CompletionResult]::new('--crd', '--crd', [CompletionResultType]::ParameterName, 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times')
            [CompletionResult]::new('--gateway', '--gateway', [CompletionResultType]::ParameterName, 'The Gateway, as [CLUSTER/]NAMESPACE/NAME')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Whose order of rules holds')
            [CompletionResult]::new('--endpoints', '--endpoints', [CompletionResultType]::ParameterName, 'How backends are found')
            [CompletionResult]::new('--endpoint', '--endpoint', [CompletionResultType]::ParameterName, 'Where one backend is: NS/SVC:PORT=ADDR:PORT or hostname/HOST:PORT=ADDR:PORT; may be given several times')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where one port of the Gateway listens: PORT=ADDR:PORT, or PORT/UDP=ADDR:PORT; may be given several times')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to write')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file or folder to write; standard output without it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file or folder to write; standard output without it')
            [CompletionResult]::new('--secrets', '--secrets', [CompletionResultType]::ParameterName, 'Where certificates and keys go')
            [CompletionResult]::new('--envoy', '--envoy', [CompletionResultType]::ParameterName, 'The Envoy to ask; unless said, that of ENVOY_BIN, or the one on the PATH')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Do not look for a meshgate.yaml')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'Take the input for the whole cluster: what is not in it does not exist')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All Gateways but waypoints and east-west gateways')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Go on with errors in the input: what is broken gets the answers that the Gateway API prescribes')
            [CompletionResult]::new('--no-places', '--no-places', [CompletionResultType]::ParameterName, 'Leave out from which file and line each object comes')
            [CompletionResult]::new('--validate', '--validate', [CompletionResultType]::ParameterName, 'Ask a real Envoy before anything is written')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;status' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings from this file')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of resources that do not say theirs')
            [CompletionResult]::new('--crd', '--crd', [CompletionResultType]::ParameterName, 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times')
            [CompletionResult]::new('--gateway', '--gateway', [CompletionResultType]::ParameterName, 'Show this Gateway and what belongs to it, and nothing else')
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print conditions')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Do not look for a meshgate.yaml')
            [CompletionResult]::new('--complete', '--complete', [CompletionResultType]::ParameterName, 'Take the input for the whole cluster: what is not in it does not exist')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;explain' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;rules' {
            [CompletionResult]::new('--output-format', '--output-format', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;schema' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshgate;init' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite a meshgate.yaml that is there already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print findings, but no summary and no hints')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: files that were passed over, versions that were found and where')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
