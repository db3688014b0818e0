{{- define "backups.labels" -}}
app.kubernetes.io/component: backup
app.kubernetes.io/managed-by: {{ .release }}
app.kubernetes.io/name: neo4j-backup
neo4j.neo4j.com/backup: {{ .name }}
neo4j.neo4j.com/target: {{ .name }}
{{- end }}

{{- define "backups.servers" -}}
{{- $backup := .backup -}}
{{- range $server := until (int .servers) -}}
{{- if $server }},{{ end -}}
{{ $backup.name }}-server-{{ $server }}.{{ $backup.name }}-headless.{{ $backup.namespace }}.svc.cluster.local:6362
{{- end -}}
{{- end }}
