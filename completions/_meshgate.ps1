
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
        'meshgate;status' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings from this file')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of resources that do not say theirs')
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
