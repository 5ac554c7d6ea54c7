{{- define "press.name" -}}{{ default .Chart.Name .Values.nameOverride }}{{- end }}
