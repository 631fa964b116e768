// Health check of the image, for Docker and Podman; Kubernetes asks /livez and /readyz itself.
import process from "node:process";
import { healthUrl } from "./platform.mjs";

const url = healthUrl(process.env);
const isHealthy =
  url === undefined ||
  (await fetch(url).then(
    ({ ok }) => ok,
    () => false,
  ));
process.exitCode = isHealthy ? 0 : 1;
