{{/* The environment as a YAML list. Of variables with the same name, the last is kept, which is the one that counts. */}}
{{- define "mcp.env" -}}
{{- $listen := include "mcp.env.listen" . | fromYamlArray }}
{{- $own := include (printf "mcp.env.%s" (include "mcp.platformName" .)) . | fromYamlArray }}
{{- $otel := include "mcp.env.otel" . | fromYamlArray }}
{{- $values := dict }}
{{- $kept := list }}
{{- range reverse (concat $listen $own .Values.app.extraEnv $otel) }}
{{- if not (hasKey $values .name) }}
{{- $_ := set $values .name (.value | default .valueFrom) }}
{{- $kept = prepend $kept . }}
{{- end }}
{{- end }}
{{- range $variable, $hint := (include "mcp.platform" . | fromYaml).required }}
{{- if empty (get $values $variable) }}
{{- fail (printf "%s would be empty. %s" $variable $hint) }}
{{- end }}
{{- end }}
{{- toYaml $kept }}
{{- end }}

{{/* Which platform the image runs, and what every HTTP server reads. */}}
{{- define "mcp.env.listen" -}}
{{- $variables := (include "mcp.platform" . | fromYaml).variables -}}
- name: LIGHTFAST_MCP_PLATFORM
  value: {{ include "mcp.platformName" . }}
- name: {{ $variables.host }}
  value: "0.0.0.0"
- name: {{ $variables.port }}
  value: {{ .Values.service.port | quote }}
- name: {{ $variables.publicUrl }}
  value: {{ include "mcp.publicUrl" . | quote }}
- name: {{ $variables.drainDelay }}
  value: {{ include "mcp.drainDelay" . | quote }}
{{- if .Values.metrics.enabled }}
- name: {{ $variables.metricsPort }}
  value: {{ .Values.metrics.port | quote }}
{{- end }}
{{- range $key := list "allowedHosts" "allowedOrigins" "excludeTools" "allowInsecureHttp" }}
{{- with get $.Values $key }}
- name: {{ get $variables $key }}
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- if .Values.readOnly }}
- name: {{ $variables.readOnly }}
  value: "true"
{{- end }}
{{- end }}

{{- define "mcp.env.lightfast" -}}
{{- $isOAuth := eq .Values.lightfast.auth "oauth" -}}
- name: LIGHTFAST_MCP_AUTH
  value: {{ .Values.lightfast.auth }}
{{- if .Values.app.debug }}
- name: LIGHTFAST_LOG_LEVEL
  value: debug
{{- end }}
{{- if $isOAuth }}
- name: MCP_AUTH_ISSUER
  value: {{ required "Set lightfast.issuer, or lightfast.auth to api-key." .Values.lightfast.issuer | quote }}
{{- with .Values.lightfast.jwksUrl }}
- name: MCP_JWKS_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.lightfast.appUrl }}
- name: APP_INTERNAL_URL
  value: {{ . | quote }}
{{- end }}
- name: SERVICE_JWT_SECRET
  valueFrom:
    secretKeyRef:
      name: {{ .Values.lightfast.serviceSecret.name }}
      key: {{ .Values.lightfast.serviceSecret.key }}
{{- else }}
{{- with .Values.lightfast.baseUrl }}
- name: LIGHTFAST_BASE_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "mcp.env.lfx" -}}
{{- $app := .Values.app }}
{{- $switches := dict "debug" "LFXMCP_DEBUG" "debugTraffic" "LFXMCP_DEBUG_TRAFFIC" }}
{{- $names := dict
  "mcpApiScopes" "LFXMCP_MCP_API_SCOPES"
  "tools" "LFXMCP_TOOLS"
  "toolsets" "LFXMCP_TOOLSETS"
  "tokenEndpoint" "LFXMCP_TOKEN_ENDPOINT"
  "lfxAPIURL" "LFXMCP_LFX_API_URL"
  "lensApiUrl" "LFXMCP_LENS_API_URL"
  "lensApiAudience" "LFXMCP_LENS_API_AUDIENCE"
  "memberOnboardingApiUrl" "LFXMCP_ONBOARDING_API_URL"
  "memberOnboardingApiAudience" "LFXMCP_ONBOARDING_API_AUDIENCE" -}}
- name: LFXMCP_MODE
  value: http
- name: LFXMCP_MCP_API_AUTH_SERVERS
  value: {{ regexReplaceAll "[\\s,]+" (trim $app.mcpApiAuthServers) "," | quote }}
{{- range $key, $name := $switches }}
{{- if get $app $key }}
- name: {{ $name }}
  value: "true"
{{- end }}
{{- end }}
{{- range $key, $name := $names }}
{{- with get $app $key }}
- name: {{ $name }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.secrets }}
- name: LFXMCP_CLIENT_ID
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .keys.clientID }}
- name: LFXMCP_CLIENT_SECRET
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .keys.clientSecret }}
      optional: true
- name: LFXMCP_CLIENT_ASSERTION_SIGNING_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .keys.clientAssertionSigningKey }}
      optional: true
{{- end }}
{{- if .Values.apiCredentials.secretName }}
{{- range $caller, $key := .Values.apiCredentials.keys }}
- name: LFXMCP_API_CREDENTIALS_{{ upper $caller }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.apiCredentials.secretName }}
      key: {{ $key }}
{{- end }}
{{- end }}
{{- end }}

{{/* After everything else, because the endpoint may use other variables. */}}
{{- define "mcp.env.otel" -}}
{{- $names := dict
  "endpoint" "OTEL_EXPORTER_OTLP_ENDPOINT"
  "protocol" "OTEL_EXPORTER_OTLP_PROTOCOL"
  "tracesExporter" "OTEL_TRACES_EXPORTER"
  "metricsExporter" "OTEL_METRICS_EXPORTER"
  "tracesSampler" "OTEL_TRACES_SAMPLER"
  "tracesSamplerArg" "OTEL_TRACES_SAMPLER_ARG" }}
{{- range $key, $name := $names }}
{{- with get $.Values.app.otel $key }}
- name: {{ $name }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
