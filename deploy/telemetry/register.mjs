/**
 * Registers the OpenTelemetry SDK, which then receives the spans and metrics of lightfast-mcp:
 *
 *   npm ci --omit=dev && node --import ./register.mjs <folder of lightfast-mcp>/bin/lightfast-mcp.js http
 *
 * OTEL_* variables configure it, with the defaults of the original LFX server: no exporter, OTLP over gRPC, all traces.
 * Without an exporter, nothing is loaded. The program itself flushes what is recorded when it stops.
 */
import { readFileSync, realpathSync } from "node:fs";
import process from "node:process";

const { env } = process;

const EXPORTERS = ["none", "otlp"];
const PROTOCOLS = ["grpc", "http/protobuf"];
const SAMPLERS = [
  "parentbased_traceidratio",
  "traceidratio",
  "always_on",
  "always_off",
  "parentbased_always_on",
  "parentbased_always_off",
];
const PROPAGATORS = ["tracecontext", "baggage", "jaeger", "b3", "b3multi", "none"];

/** Milliseconds: until ended spans are sent, and between two exports of metrics. */
const INTERVALS = { OTEL_BSP_SCHEDULE_DELAY: "1000", OTEL_METRIC_EXPORT_INTERVAL: "30000" };

/** A collector that is down fails every second. One line a minute says so. */
const COMPLAINT_INTERVAL_MS = 60_000;
const MAX_COMPLAINT_LENGTH = 500;

/** A shorter value is no credential, but may be part of any text. */
const MIN_SECRET_LENGTH = 6;

for (const signal of ["TRACES", "METRICS"]) choose(`OTEL_${signal}_EXPORTER`, EXPORTERS);
if (given("OTEL_LOGS_EXPORTER") && given("OTEL_LOGS_EXPORTER") !== "none")
  log("warn", "OTEL_LOGS_EXPORTER is ignored: log lines go to stdout, with the ids of their trace.");
env.OTEL_LOGS_EXPORTER = "none";

if ([env.OTEL_TRACES_EXPORTER, env.OTEL_METRICS_EXPORTER].includes("otlp")) await register();

async function register() {
  completeEnvironment();
  const { api, NodeSDK, resources } = await import("@opentelemetry/sdk-node");
  const { OTEL_LOG_LEVEL: level = "warn" } = env;
  // Otherwise the SDK replaces the logger by one that prints plain text on stdout.
  delete env.OTEL_LOG_LEVEL;
  api.diag.setLogger(
    createDiagnosticLogger(),
    api.DiagLogLevel[level.toUpperCase()] ?? api.DiagLogLevel.WARN,
  );
  const version = { "service.version": given("OTEL_SERVICE_VERSION") ?? programVersion() };
  const resource = resources.defaultResource().merge(resources.resourceFromAttributes(version));
  // Otherwise the SDK warns that it does not start, although it sends metrics.
  const tracing = env.OTEL_TRACES_EXPORTER === "none" ? { spanProcessors: [] } : {};
  new NodeSDK({ resource, ...tracing }).start();
}

/** Replaces what the SDK does not support, and sets the defaults that differ from its own. */
function completeEnvironment() {
  // A collector takes both encodings at the same address.
  if (env.OTEL_EXPORTER_OTLP_PROTOCOL === "http/json")
    choose("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOLS, "http/protobuf");
  choose("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOLS);
  for (const signal of ["", "TRACES_", "METRICS_"]) {
    const protocol = `OTEL_EXPORTER_OTLP_${signal}PROTOCOL`;
    if (given(protocol)) choose(protocol, PROTOCOLS, env.OTEL_EXPORTER_OTLP_PROTOCOL);
    setEndpoint(`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`);
  }
  choose("OTEL_TRACES_SAMPLER", SAMPLERS);
  const ratio = given("OTEL_TRACES_SAMPLER_ARG") ?? "1";
  const isRatio = Number(ratio) >= 0 && Number(ratio) <= 1;
  if (!isRatio) log("warn", `OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "${ratio}". Using 1.`);
  env.OTEL_TRACES_SAMPLER_ARG = isRatio ? ratio : "1";
  env.OTEL_PROPAGATORS = readPropagators();
  for (const [name, value] of Object.entries(INTERVALS)) env[name] = given(name) ?? value;
  // The detector of processes would record the command line, which may contain a secret.
  env.OTEL_NODE_RESOURCE_DETECTORS = given("OTEL_NODE_RESOURCE_DETECTORS") ?? "env";
  env.OTEL_SERVICE_NAME = given("OTEL_SERVICE_NAME") ?? programName();
}

/** Adds a missing scheme. Removes what is no URL, because the SDK would end the process. It may contain a credential. */
function setEndpoint(name) {
  const value = given(name);
  if (!value) return;
  const endpoint = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(endpoint)) env[name] = endpoint;
  else {
    delete env[name];
    log("warn", `${name} is ignored: it must be a URL, such as http://collector:4317.`);
  }
}

/** The value of a variable; undefined if it is unset or blank. */
function given(name) {
  return env[name]?.trim() || undefined;
}

/** Sets a variable to its value if that is one of `allowed`, otherwise to `fallback`, with a warning if it has another. */
function choose(name, allowed, fallback = allowed[0]) {
  const value = given(name) ?? fallback;
  const isAllowed = allowed.includes(value);
  if (!isAllowed)
    log("warn", `${name} must be one of ${allowed.join(", ")}, not "${value}". Using ${fallback}.`);
  env[name] = isAllowed ? value : fallback;
}

function readPropagators() {
  const names = (given("OTEL_PROPAGATORS") ?? "tracecontext,baggage").split(",").map((name) => name.trim());
  for (const name of names.filter((name) => !PROPAGATORS.includes(name)))
    log("warn", `OTEL_PROPAGATORS: "${name}" is skipped. Supported: ${PROPAGATORS.join(", ")}.`);
  return names.filter((name) => PROPAGATORS.includes(name)).join(",") || "none";
}

/** For LFX, the name of the original server, so that its dashboards find this one. */
function programName() {
  return process.argv[2] === "lfx" ? "lfx-mcp-server" : "lightfast-mcp";
}

/** The version in the manifest beside the folder of the program's file; undefined for a program of another layout. */
function programVersion() {
  try {
    const manifest = new URL("../package.json", `file://${realpathSync(process.argv[1])}`);
    return JSON.parse(readFileSync(manifest, "utf8")).version;
  } catch {
    return undefined;
  }
}

/** What the SDK says about itself, such as that a collector cannot be reached. */
function createDiagnosticLogger() {
  let silentUntil = 0;
  const say = (level, text) =>
    log(level, `OpenTelemetry: ${readMessage(text)}`.slice(0, MAX_COMPLAINT_LENGTH));
  const complain = (level) => (text) => {
    if (Date.now() < silentUntil) return;
    silentUntil = Date.now() + COMPLAINT_INTERVAL_MS;
    say(level, text);
  };
  const whisper = (text) => say("debug", text);
  return {
    error: complain("error"),
    warn: complain("warn"),
    info: whisper,
    debug: whisper,
    verbose: whisper,
  };
}

/** Errors arrive as JSON with their stack. */
function readMessage(text) {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
}

/** Writes a line of the same form as the program's, to stderr: on stdio, stdout is the protocol's. */
function log(level, text) {
  const msg = secrets().reduce((left, secret) => left.replaceAll(secret, "***"), text);
  process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg })}\n`);
}

/** The values of the headers for the collector, which authenticate this process. */
function secrets() {
  const lists = Object.entries(env).filter(([name]) => /^OTEL_EXPORTER_OTLP_(?:\w+_)?HEADERS$/.test(name));
  const values = lists.flatMap(([, list = ""]) =>
    list.split(",").map((pair) => pair.slice(pair.indexOf("=") + 1)),
  );
  return values.map((value) => value.trim()).filter(({ length }) => length >= MIN_SECRET_LENGTH);
}
