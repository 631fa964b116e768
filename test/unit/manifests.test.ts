import { describe, expect, test } from "vitest";
import { container, deployment, type Manifest, manifests, one, pod, values } from "../support/manifests.ts";

describe("the manifests", () => {
  test("are of these kinds, in versions that clusters serve", () => {
    expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual([
      "apps/v1 Deployment",
      "autoscaling/v2 HorizontalPodAutoscaler",
      "policy/v1 PodDisruptionBudget",
      "v1 Service",
    ]);
  });

  test("select the pods of the deployment", () => {
    const { labels } = pod.metadata;
    expect(labels).not.toEqual({});
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(one("Service").spec).toMatchObject({ selector: labels });
    expect(one("PodDisruptionBudget").spec).toMatchObject({ selector: { matchLabels: labels } });
  });

  test("send requests to the port that the server listens on, and never to that of the metrics", () => {
    const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(ports).toEqual({
      http: Number(values.get("LIGHTFAST_MCP_PORT")),
      metrics: Number(values.get("LIGHTFAST_MCP_METRICS_PORT")),
    });
    const { ports: offered } = one<Manifest<{ ports: { targetPort: string }[] }>>("Service").spec;
    expect(offered.map(({ targetPort }) => targetPort)).toEqual(["http"]);
  });

  test("keep one pod through every disruption, and scale the deployment from two on", () => {
    const { replicas } = deployment.spec;
    const scaling =
      one<Manifest<{ minReplicas: number; maxReplicas: number }>>("HorizontalPodAutoscaler").spec;
    expect(replicas).toBe(2);
    expect(scaling).toMatchObject({
      scaleTargetRef: {
        apiVersion: deployment.apiVersion,
        kind: "Deployment",
        name: deployment.metadata.name,
      },
      minReplicas: replicas,
    });
    expect(scaling.maxReplicas).toBeGreaterThan(replicas);
    const budget = one<Manifest<{ minAvailable: number }>>("PodDisruptionBudget").spec;
    expect(budget.minAvailable).toBeGreaterThanOrEqual(1);
    expect(budget.minAvailable).toBeLessThan(scaling.minReplicas);
  });
});
