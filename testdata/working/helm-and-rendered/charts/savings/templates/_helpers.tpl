{{- define "savings.labels" -}}
app.kubernetes.io/name: savings
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
