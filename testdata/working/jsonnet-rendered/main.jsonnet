local k = import 'k.libsonnet';
{ 'stars.json': k.list([ (import 'lib/stars.libsonnet') ]) }
