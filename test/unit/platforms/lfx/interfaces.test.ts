import { describe, expect, test } from "vitest";
import type { HttpRequest } from "../../../../src/http-client/types.ts";
import { ToolError } from "../../../../src/mcp/errors.ts";
import { POLICY, TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
import { createRequestCheck, SERVICES } from "../../../fakes/lfx/interfaces/check.ts";
import { ARGUMENTS } from "../../../support/lfx/arguments.ts";
import { callDirectly, type DirectReply, toSentRequest } from "../../../support/lfx/direct.ts";

const checkRequest = createRequestCheck(SERVICES.lfx, { prefix: "/lfx" });

/** A plain answer to any request of a tool. */
function accept({ method, url, body }: HttpRequest): DirectReply {
  if (url.pathname.endsWith("/count")) return { body: { count: 1, has_more: false } };
  if (url.pathname.endsWith("/query/resources")) {
    const uid = url.searchParams.getAll("tags_all").join().split(":").at(-1);
    return { body: { resources: [{ type: "x", id: `x:${uid}`, data: uid ? { uid } : {} }] } };
  }
  if (method === "DELETE") return { status: 204 };
  const record = {
    project_uid: ARGUMENTS.get_project,
    name: "A",
    category: "Board",
    email: "a@company.test",
  };
  const { uid: project_uid } = record.project_uid as { uid: string };
  return { body: { ...record, project_uid, ...(body && JSON.parse(body)) }, etag: "7" };
}

const CODES: Readonly<Record<number, string>> = {
  400: "invalid_input",
  401: "invalid_token",
  403: "insufficient_scope",
  404: "not_found",
  409: "invalid_input",
  412: "invalid_input",
  500: "upstream_error",
  501: "upstream_error",
  503: "upstream_error",
};

describe.each(TOOL_NAMES.filter((name) => POLICY[name].backend === "lfx"))("%s", (tool) => {
  const args = { ...ARGUMENTS[tool] };

  /** The refusals that the documents declare for each request of a call; request number `refused` gets `status`. */
  async function call(refused?: number, status = 500): Promise<readonly (readonly number[])[]> {
    const declared: (readonly number[])[] = [];
    await callDirectly(tool, args, (request) => {
      const { errors, refusals, refusalBody } = checkRequest(toSentRequest(request));
      expect(errors).toEqual([]);
      declared.push(refusals);
      const isRefused = declared.length - 1 === refused;
      return isRefused ? { status, body: refusalBody(status, "the reason") } : accept(request);
    });
    return declared;
  }

  test("sends what the interface documents of the services allow", async () => {
    expect((await call()).length).toBeGreaterThan(0);
  });

  test("reports every refusal that they declare", async () => {
    const requests = await call();
    const isWrite = POLICY[tool].kind !== "read";
    // A tool that reads more than one record may omit the others.
    const decisive = isWrite ? requests : requests.slice(0, 1);

    for (const [index, refusals] of decisive.entries()) {
      expect(refusals.length).toBeGreaterThan(0);
      for (const status of refusals) {
        const error = await call(index, status).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ToolError);
        expect(error).toMatchObject({ code: CODES[status], status });
        expect(String(error)).toContain("the reason");
      }
    }
  });
});
