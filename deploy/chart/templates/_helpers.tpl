{{- define "buymode.name" -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "buymode.labels" -}}
app.kubernetes.io/name: buymode
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "buymode.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- /* A pod of a role. Arguments: root, role, args (list), values (of the role), webhooks (port or 0). */}}
{{- define "buymode.pod" -}}
metadata:
  labels:
    {{- include "buymode.labels" . | nindent 4 }}
  annotations:
    # Another configuration is another pod.
    checksum/config: {{ include (print .root.Template.BasePath "/config.yaml") .root | sha256sum }}
    {{- with .root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "buymode.name" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # It stops within five seconds.
  terminationGracePeriodSeconds: 15
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile: { type: RuntimeDefault }
  {{- if .webhooksSpread }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "buymode.labels" . | nindent 10 }}
  {{- end }}
  {{- with .root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .role }}
      image: {{ include "buymode.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args:
        {{- toYaml .args | nindent 8 }}
      env:
        - name: BUYMODE__INSTANCE
          valueFrom: { fieldRef: { fieldPath: metadata.name } }
        {{- if .serves }}
        - { name: BUYMODE__HTTP__LISTEN, value: "0.0.0.0:8080" }
        {{- end }}
        - { name: BUYMODE__LOGGING__FORMAT, value: json }
        {{- if eq .role "ingest" }}
        - { name: BUYMODE__INGEST__LISTEN, value: "0.0.0.0:8090" }
        {{- end }}
        {{- if eq .role "deliver" }}
        - { name: BUYMODE__DELIVER__WORDS__LISTEN, value: "0.0.0.0:8091" }
        {{- end }}
        {{- with .root.Values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if .serves }}
      ports:
        - { name: operators, containerPort: 8080 }
        {{- if eq .role "ingest" }}
        - { name: webhooks, containerPort: 8090 }
        {{- end }}
        {{- if eq .role "deliver" }}
        - { name: webhooks, containerPort: 8091 }
        {{- end }}
      # Live at once; ready once the states of its partitions are restored. The start-up probe waits as long as a
      # restore may take, so that the liveness probe ends none.
      startupProbe:
        httpGet: { path: /readyz, port: operators }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: {{ div (.restoreSeconds | int) 2 }}
      readinessProbe:
        httpGet: { path: /readyz, port: operators }
        periodSeconds: 5
        timeoutSeconds: 2
        failureThreshold: 3
      livenessProbe:
        httpGet: { path: /livez, port: operators }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      {{- end }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: config, mountPath: /etc/buymode, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        {{- range .root.Values.secrets }}
        - { name: {{ printf "secret-%s" . | quote }}, mountPath: {{ printf "/run/secrets/%s" . | quote }}, readOnly: true }
        {{- end }}
  volumes:
    - name: config
      configMap: { name: {{ include "buymode.name" .root }} }
    - name: tmp
      emptyDir: { medium: Memory, sizeLimit: 64Mi }
    {{- range .root.Values.secrets }}
    - name: {{ printf "secret-%s" . | quote }}
      secret: { secretName: {{ . | quote }}, defaultMode: 0440 }
    {{- end }}
{{- end }}
