import { describe, expect, test } from "vitest";
import { apiError } from "../../../../src/platforms/lightfast/rest-api.ts";
import { apiAnswer, requestTo } from "../../../support/api-answers.ts";

describe("an organization that is not set up", () => {
  const setup = (id?: unknown) => {
    const repair = id === undefined ? undefined : { id };
    const diagnostics = [{ code: "ORG_SETUP_REQUIRED", message: "Not set up.", repair }];
    return apiError(
      requestTo("GET"),
      apiAnswer(403, "org_setup_required", "Not set up.", diagnostics),
      false,
    );
  };

  test.each([
    ["setup-github-org", /connect the organization's GitHub account/],
    ["setup-github-lightfast-repo", /repository named \.lightfast/],
    ["setup-x-connector", /connect the organization's X account/],
    ["create-or-join-org", /Create or join an organization/],
    ["connect-github-account", /Connect a GitHub account/],
  ])("needs %s", (id, hint) => {
    expect(setup(id)).toMatchObject({
      code: "org_access_denied",
      status: 403,
      retryable: false,
      hint: expect.stringMatching(hint),
    });
  });

  test.each([undefined, null, 4, "a-step-to-come", "constructor", "toString", "__proto__"])(
    "is told so in general where the step is %j",
    (id) => {
      expect(setup(id).hint).toBe("An admin must finish the organization's setup in Lightfast.");
    },
  );
});

describe("diagnostics", () => {
  const told = (diagnostics: readonly object[]) =>
    apiError(requestTo("POST"), apiAnswer(400, "invalid_request", "Body is invalid.", diagnostics), false)
      .message;

  test("name each field and its fault", () => {
    const message = told([
      { code: "too_small", path: ["input"], message: "Too small", minimum: 1 },
      { code: "invalid_type", path: ["list", 0, "name"], message: "Expected string" },
      { code: "custom", path: [], message: "Odd" },
    ]);
    expect(message).toBe(
      'Lightfast refused the arguments (HTTP 400 from x.test). Lightfast says: "Body is invalid. input: Too small; list.0.name: Expected string; Odd"',
    );
  });

  test("that are not what they should be are left out", () => {
    expect(told([{}, { path: "input" }, { message: 4 }, { path: [{}], message: null }])).toMatch(
      /Lightfast says: "Body is invalid\."$/,
    );
  });

  test("keep only the names and the places in a path", () => {
    const path = ["list", { toString: null }, 0, null, ["x"], true, "name"];
    expect(told([{ path, message: "Odd" }])).toContain("Body is invalid. list.0.name: Odd");
    expect(told([{ path: [null, {}], message: "Odd" }])).toContain("Body is invalid. Odd");
  });
});
