{{- define "hotfix.name" -}}
{{- if contains "hotfix" .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-hotfix" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "hotfix.selector" -}}
app.kubernetes.io/name: hotfix
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "hotfix.labels" -}}
{{ include "hotfix.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}
