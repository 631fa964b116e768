import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

type Metadata = { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
type Labels = Readonly<Record<string, string>>;
type Variable = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly fieldRef?: { readonly fieldPath: string };
  };
};
type Probe = { readonly httpGet: { readonly path: string; readonly port: string } } & Record<
  "periodSeconds" | "failureThreshold",
  number
>;
export type Container = {
  readonly name: string;
  readonly args?: readonly string[];
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly Variable[];
  readonly startupProbe: Probe;
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
export type Deployment = Manifest<{
  readonly replicas?: number;
  readonly selector: { readonly matchLabels: Labels };
  readonly template: {
    readonly metadata: { readonly labels: Labels };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly enableServiceLinks: boolean;
      readonly terminationGracePeriodSeconds: number;
      readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number };
      readonly initContainers?: readonly Container[];
      readonly containers: readonly [Container];
    };
  };
}>;

/** The manifests of one release. */
export type Release = {
  readonly manifests: readonly Manifest[];
  /** The one manifest of its kind. */
  one<Found extends Manifest<unknown>>(kind: string): Found;
  readonly deployment: Deployment;
  readonly pod: Deployment["spec"]["template"];
  readonly container: Container;
  /** What the variables of the pods are set to; undefined where that is kept elsewhere. */
  readonly values: ReadonlyMap<string, string | undefined>;
};

/** Parses YAML documents, and rejects what a cluster would ignore or complain about. */
export function parseManifests(text: string): Release {
  const manifests = parseAllDocuments(text, { strict: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    return document.toJS() as Manifest;
  });
  function one<Found extends Manifest<unknown>>(kind: string): Found {
    const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
    if (!found || more.length > 0) throw new Error(`there must be one ${kind}`);
    return found as Found;
  }
  const deployment = one<Deployment>("Deployment");
  const pod = deployment.spec.template;
  const [container] = pod.spec.containers;
  const values = new Map(container.env.map(({ name, value }) => [name, value]));
  return { manifests, one, deployment, pod, container, values };
}

/** The manifests of a platform that are for clusters without Helm. */
export function readManifests(platform: "lightfast" | "lfx"): Release {
  const file = new URL(`../../deploy/kubernetes/${platform}.yaml`, import.meta.url);
  return parseManifests(readFileSync(file, "utf8"));
}
