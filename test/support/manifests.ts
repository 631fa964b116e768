import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

type Metadata = { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
type Labels = Readonly<Record<string, string>>;
type Variable = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
};
type Probe = { readonly httpGet: { readonly path: string; readonly port: string } } & Record<
  "periodSeconds" | "failureThreshold",
  number
>;
type Container = {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly Variable[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<"cpu" | "memory", string>>>>;
  readonly securityContext: unknown;
};
export type Manifest<Spec = unknown> = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: Spec;
};
type Deployment = Manifest<{
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Labels };
  readonly template: {
    readonly metadata: { readonly labels: Labels };
    readonly spec: {
      readonly enableServiceLinks: boolean;
      readonly terminationGracePeriodSeconds: number;
      readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number };
      readonly containers: readonly [Container];
    };
  };
}>;

const folder = new URL("../../deploy/kubernetes/", import.meta.url);

function read(): Manifest[] {
  return readdirSync(fileURLToPath(folder)).flatMap((file) =>
    parseAllDocuments(readFileSync(new URL(file, folder), "utf8"), { strict: true }).map((document) => {
      const [problem] = [...document.errors, ...document.warnings];
      if (problem) throw problem;
      return document.toJS() as Manifest;
    }),
  );
}

export const manifests = read();

/** The one manifest of its kind. */
export function one<Found extends Manifest<unknown>>(kind: string): Found {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (!found || more.length > 0) throw new Error(`there must be one ${kind}`);
  return found as Found;
}

export const deployment = one<Deployment>("Deployment");
export const pod = deployment.spec.template;
export const [container] = pod.spec.containers;
/** What the variables of the pods are set to; undefined where that is kept elsewhere. */
export const values = new Map(container.env.map(({ name, value }) => [name, value]));
