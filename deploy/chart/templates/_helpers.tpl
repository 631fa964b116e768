{{/* The name of the platform. */}}
{{- define "mcp.platformName" -}}
{{- $app := .Values.app }}
{{- $isLfx := or $app.lfxAPIURL $app.lensApiUrl $app.tokenEndpoint $app.mcpApiAuthServers }}
{{- .Values.platform | default (ternary "lfx" "lightfast" (not (empty $isLfx))) }}
{{- end }}

{{/* The row of the platform in platforms.yaml, as YAML. */}}
{{- define "mcp.platform" -}}
{{- get (.Files.Get "platforms.yaml" | fromYaml) (include "mcp.platformName" .) | toYaml }}
{{- end }}

{{- define "mcp.name" -}}
{{- .Values.nameOverride | default (include "mcp.platform" . | fromYaml).name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The release, followed by the name unless the release contains it. */}}
{{- define "mcp.fullname" -}}
{{- $name := include "mcp.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "mcp.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "mcp.platform" . | fromYaml).serviceAccount | default (include "mcp.fullname" .) }}
{{- end }}

{{- define "mcp.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mcp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "mcp.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "mcp.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* An image of the original lfx-mcp chart, which its values file may name, is another program. */}}
{{- define "mcp.image" -}}
{{- $image := .Values.image }}
{{- if eq (include "mcp.replacesImage" .) "true" }}
{{- $image = dict "repository" "lightfast-mcp" }}
{{- end }}
{{- $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}
{{- else }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "mcp.replacesImage" -}}
{{- eq .Values.image.repository ((include "mcp.platform" . | fromYaml).originalImage | default "") }}
{{- end }}

{{- define "mcp.publicUrl" -}}
{{- $hostname := .Values.ingress.hostname | trim }}
{{- .Values.publicUrl | default (ternary (printf "https://%s/mcp" $hostname) "" (ne $hostname "")) }}
{{- end }}

{{/* Requests in flight and audit events have 10 s each after the drain delay; by default 5 s are to spare. */}}
{{- define "mcp.drainDelay" -}}
{{- $grace := int .Values.terminationGracePeriodSeconds }}
{{- $drain := .Values.drainDelaySeconds }}
{{- if kindIs "invalid" $drain }}
{{- max 0 (min 15 (sub $grace 25)) }}
{{- else if gt (add (int $drain) 20) $grace }}
{{- fail (printf "drainDelaySeconds is %d, so terminationGracePeriodSeconds must be at least %d." (int $drain) (add (int $drain) 20)) }}
{{- else }}
{{- int $drain }}
{{- end }}
{{- end }}

{{/* The resources, with a memory limit that Node.js can run with. */}}
{{- define "mcp.resources" -}}
{{- $resources := deepCopy .Values.resources }}
{{- if eq (include "mcp.raisesMemory" .) "true" }}
{{- $_ := set $resources.limits "memory" "128Mi" }}
{{- end }}
{{- toYaml $resources }}
{{- end }}

{{- define "mcp.raisesMemory" -}}
{{- $limit := dig "limits" "memory" "" .Values.resources | toString }}
{{- $units := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 }}
{{- $unit := regexFind "[A-Za-z]*$" $limit }}
{{- if and $limit (hasKey $units $unit) }}
{{- lt (mulf (trimSuffix $unit $limit | float64) (get $units $unit)) (mulf 128 1048576) }}
{{- end }}
{{- end }}

{{/* What the server and its check have in common. */}}
{{- define "mcp.container" -}}
image: {{ include "mcp.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  {{- include "mcp.env" . | nindent 2 }}
resources:
  {{- include "mcp.resources" . | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop:
      - ALL
{{- with .Values.extraVolumeMounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
