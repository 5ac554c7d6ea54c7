# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_meshgate_global_optspecs
    string join \n color= q/quiet v/verbose h/help V/version
end

function __fish_meshgate_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_meshgate_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_meshgate_using_subcommand
    set -l cmd (__fish_meshgate_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c meshgate -n "__fish_meshgate_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_needs_command" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_needs_command" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_needs_command" -s V -l version -d 'Print version'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "lint" -d 'Check manifests'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "fix" -d 'Fix manifests'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "trace" -d 'Follow a request through the mesh'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "compile" -d 'Write Envoy configuration'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "status" -d 'Show the conditions that controllers would write'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "explain" -d 'Explain a rule'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "rules" -d 'List all rules'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "schema" -d 'Print the JSON Schema of meshgate.yaml'
complete -c meshgate -n "__fish_meshgate_needs_command" -f -a "init" -d 'Write a meshgate.yaml to start from'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l config -d 'Take the settings from this file' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l namespace -d 'The namespace of resources that do not say theirs' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l crd -d 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l min-severity -d 'Show findings of at least this severity' -r -f -a "info\t'Everything'
warning\t'Warnings and errors'
error\t'Errors'"
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l fail-on -d 'Exit with 1 when something of at least this severity is found' -r -f -a "info\t'Anything'
warning\t'Warnings and errors'
error\t'Errors'
never\t'Nothing'"
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l output-format -d 'How to print findings' -r -f -a "full\t'With the lines of the files they are about'
concise\t'One line each'
json\t'For programs'
sarif\t'SARIF 2.1.0, for code scanning'
github\t'Workflow commands, which GitHub shows at the lines of a pull request'
gitlab\t'Code quality, which GitLab shows in a merge request'
junit\t'JUnit XML, which CI systems show as test results'"
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l output -d 'Print findings in several formats at once, each to a file or (one of them) to standard output' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l baseline -d 'Leave out findings that this file has' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l since -d 'Report only findings that touch lines changed since this revision' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l no-config -d 'Do not look for a meshgate.yaml'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l complete -d 'Take the input for the whole cluster: what is not in it does not exist'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l pedantic -d 'Show what may be wrong, depending on what the input does not show'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l fix -d 'Fix what can be fixed, and print what is left'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l unsafe-fixes -d 'With --fix, make unsafe fixes as well: those that change who may talk to whom, or where traffic goes'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l statistics -d 'Print how often each rule found something, instead of the findings'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l timings -d 'With --verbose, say how long each rule took'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l write-baseline -d 'Write all findings into the file that --baseline names'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -l prune-baseline -d 'Drop from the file that --baseline names what is not found any more'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l config -d 'Take the settings from this file' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l namespace -d 'The namespace of resources that do not say theirs' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l crd -d 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l only -d 'Make the fixes of this rule and of no other; may be given several times' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l output-dir -d 'Write the whole tree, fixed, into a new folder, and leave the originals alone' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l stdin-filename -d 'The path that standard input stands for; the fixed text goes to standard output' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l min-severity -d 'Show findings of at least this severity' -r -f -a "info\t'Everything'
warning\t'Warnings and errors'
error\t'Errors'"
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l fail-on -d 'Exit with 1 when something of at least this severity is found' -r -f -a "info\t'Anything'
warning\t'Warnings and errors'
error\t'Errors'
never\t'Nothing'"
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l output-format -d 'How to print what is left' -r -f -a "full\t'With the lines of the files they are about'
concise\t'One line each'
json\t'For programs'
sarif\t'SARIF 2.1.0, for code scanning'
github\t'Workflow commands, which GitHub shows at the lines of a pull request'
gitlab\t'Code quality, which GitLab shows in a merge request'
junit\t'JUnit XML, which CI systems show as test results'"
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l no-config -d 'Do not look for a meshgate.yaml'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l complete -d 'Take the input for the whole cluster: what is not in it does not exist'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l unsafe-fixes -d 'Make unsafe fixes as well: those that change who may talk to whom, or where traffic goes'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l diff -d 'Print what would change as a unified diff, and write nothing'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -l pedantic -d 'Show what may be wrong, depending on what the input does not show'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand fix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l config -d 'Take the settings from this file' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l namespace -d 'The namespace of resources that do not say theirs' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l crd -d 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -s X -l method -d 'The method of the request' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -s H -l header -d 'A header of the request, as `name: value`; may be given several times' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l gateway -d 'The Gateway that the request comes in at, as [CLUSTER/]NAMESPACE/NAME' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l from -d 'A client in the mesh, as [CLUSTER/]NAMESPACE/SERVICEACCOUNT; without it the request comes from outside' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l client-ip -d 'The address of the client, for policies that look at it' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l down -d 'Suppose that a workload has no endpoints: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l not-ready -d 'Suppose that no pod of a workload is ready: [CLUSTER/]NAMESPACE/WORKLOAD; may be given several times' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l profile -d 'In which order rules are tried; `auto` is the order of the product behind each Gateway\'s class' -r -f -a "auto\t'The Gateway\'s own product, by its class'
spec\t'The text of the Gateway API'
istio\t'Istio'
kgateway\t'kgateway'
envoy-gateway\t'Envoy Gateway'"
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l expect -d 'Follow the requests of this file, and report those that do not end as it says; may be given several times' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l output-format -d 'How to print the way (full or json), or the promises that are not kept' -r -f -a "full\t'With the lines of the files they are about'
concise\t'One line each'
json\t'For programs'
sarif\t'SARIF 2.1.0, for code scanning'
github\t'Workflow commands, which GitHub shows at the lines of a pull request'
gitlab\t'Code quality, which GitLab shows in a merge request'
junit\t'JUnit XML, which CI systems show as test results'"
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l output -d 'With --expect, print in several formats at once, each to a file or (one of them) to standard output' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l no-config -d 'Do not look for a meshgate.yaml'
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l complete -d 'Take the input for the whole cluster: what is not in it does not exist'
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -l east-west -d 'The client calls the Service itself, past all gateways'
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand trace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l config -d 'Take the settings from this file' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l namespace -d 'The namespace of resources that do not say theirs' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l crd -d 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l gateway -d 'The Gateway, as [CLUSTER/]NAMESPACE/NAME' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l profile -d 'Whose order of rules holds' -r -f -a "auto\t'The Gateway\'s own product, by its class'
spec\t'The text of the Gateway API'
istio\t'Istio'
kgateway\t'kgateway'
envoy-gateway\t'Envoy Gateway'"
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l endpoints -d 'How backends are found' -r -f -a "auto\t'By EndpointSlices, else addresses of Services, else names: what the input holds'
vip\t'By the addresses of Services'
dns\t'By the names of Services'
pods\t'By the addresses of pods, from EndpointSlices'
eds\t'Left to a server or a folder of endpoints'"
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l endpoint -d 'Where one backend is: NS/SVC:PORT=ADDR:PORT or hostname/HOST:PORT=ADDR:PORT; may be given several times' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l listen -d 'Where one port of the Gateway listens: PORT=ADDR:PORT, or PORT/UDP=ADDR:PORT; may be given several times' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l format -d 'What to write' -r -f -a "bootstrap\t'One file that Envoy starts from'
xds-files\t'A folder of files that Envoy reads again when they change'
config-dump\t'What Envoy\'s admin interface would print'"
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -s o -l output -d 'The file or folder to write; standard output without it' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l secrets -d 'Where certificates and keys go' -r -f -a "inline\t'Into the configuration'
files\t'Into files beside it'
redact\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l envoy -d 'The Envoy to ask; unless said, that of ENVOY_BIN, or the one on the PATH' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l no-config -d 'Do not look for a meshgate.yaml'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l complete -d 'Take the input for the whole cluster: what is not in it does not exist'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l all -d 'All Gateways but waypoints and east-west gateways'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l keep-going -d 'Go on with errors in the input: what is broken gets the answers that the Gateway API prescribes'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l no-places -d 'Leave out from which file and line each object comes'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -l validate -d 'Ask a real Envoy before anything is written'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand compile" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l config -d 'Take the settings from this file' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l namespace -d 'The namespace of resources that do not say theirs' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l crd -d 'Check resources by the CustomResourceDefinitions in this file or folder; may be given several times' -r -F
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l gateway -d 'Show this Gateway and what belongs to it, and nothing else' -r
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l output-format -d 'How to print conditions' -r -f -a "full\t'For people'
json\t'For programs'"
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l no-config -d 'Do not look for a meshgate.yaml'
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -l complete -d 'Take the input for the whole cluster: what is not in it does not exist'
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand explain" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand explain" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand rules" -l output-format -d 'How to print them' -r -f -a "text\t'A table'
json\t'For programs'"
complete -c meshgate -n "__fish_meshgate_using_subcommand rules" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand rules" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand rules" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand completions" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand completions" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand schema" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand schema" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand schema" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshgate -n "__fish_meshgate_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Off a terminal too'
never\t'Nowhere'"
complete -c meshgate -n "__fish_meshgate_using_subcommand init" -l force -d 'Overwrite a meshgate.yaml that is there already'
complete -c meshgate -n "__fish_meshgate_using_subcommand init" -s q -l quiet -d 'Print findings, but no summary and no hints'
complete -c meshgate -n "__fish_meshgate_using_subcommand init" -s v -l verbose -d 'Say more: files that were passed over, versions that were found and where'
complete -c meshgate -n "__fish_meshgate_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
