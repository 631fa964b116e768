import { expect, test } from "vitest";
import type { ErrorCode } from "../../../../src/mcp/errors.ts";
import { apiError } from "../../../../src/platforms/lightfast/rest-api.ts";
import { apiAnswer, requestTo } from "../../../support/api-answers.ts";

type Row = readonly [
  status: number,
  error: string,
  message: string,
  diagnostic: object | undefined,
  code: ErrorCode,
  retryable: boolean,
  hint: RegExp,
];

const GET = requestTo("GET");
const NEW_KEY = /Create a key in Lightfast under Settings > API Keys and set it as LIGHTFAST_API_KEY/;
const ONCE_MORE = /outage of its key service, so try once more in a minute/;
const ORG = { code: "ORG_REQUIRED" };
const AUTH = { code: "AUTH_REQUIRED" };
const SCOPE = { code: "API_KEY_SCOPE_REQUIRED" };
const MISSING_SCOPE = /api\.signals\.read and api\.signals\.write/;

/** Every error answer of the REST API (contract, section 1.7) to a request that reads. */
const ANSWERS: readonly Row[] = [
  [
    401,
    "auth_required",
    "API key required. Provide 'Authorization: Bearer <api-key>' header.",
    AUTH,
    "invalid_token",
    false,
    NEW_KEY,
  ],
  [401, "auth_required", "Invalid API key format.", AUTH, "invalid_token", false, NEW_KEY],
  [401, "auth_required", "API key disabled", AUTH, "invalid_token", false, NEW_KEY],
  [401, "auth_required", "API key expired", AUTH, "invalid_token", false, NEW_KEY],
  [401, "auth_required", "Invalid API key", AUTH, "invalid_token", true, ONCE_MORE],
  [401, "auth_required", "Invalid API key", AUTH, "invalid_token", true, NEW_KEY],
  [
    403,
    "forbidden",
    "API key is missing required permissions",
    ORG,
    "insufficient_scope",
    false,
    MISSING_SCOPE,
  ],
  [
    403,
    "forbidden",
    "API key requires the api.signals.read scope.",
    SCOPE,
    "insufficient_scope",
    false,
    MISSING_SCOPE,
  ],
  [
    403,
    "forbidden",
    "API key requires the api.signals.write scope.",
    SCOPE,
    "insufficient_scope",
    false,
    MISSING_SCOPE,
  ],
  [403, "forbidden", "API key is not org-scoped", ORG, "org_access_denied", false, NEW_KEY],
  [403, "forbidden", "API key is missing creator metadata", ORG, "org_access_denied", false, NEW_KEY],
  [
    400,
    "invalid_request",
    "Signal id is invalid.",
    undefined,
    "invalid_input",
    false,
    /Correct the arguments/,
  ],
  [
    400,
    "invalid_request",
    "Signal request body is invalid.",
    undefined,
    "invalid_input",
    false,
    /^Correct the arguments and call again\.$/,
  ],
  [404, "not_found", "Signal not found.", undefined, "not_found", false, /Check the id/],
  [
    500,
    "internal_error",
    "Failed to authenticate API request.",
    undefined,
    "upstream_error",
    true,
    /safe to try again/,
  ],
  [500, "internal_error", "Failed to get signal.", undefined, "upstream_error", true, /safe to try again/],
];

test.each(ANSWERS)(
  "%i %s, %j, with %j is %s",
  (status, error, message, diagnostic, code, retryable, hint) => {
    const diagnostics = diagnostic && [{ ...diagnostic, message }];
    const failure = apiError(GET, apiAnswer(status, error, message, diagnostics), true);
    expect(failure).toMatchObject({ code, status, retryable, hint: expect.stringMatching(hint) });
    expect(failure.message).toContain(`(HTTP ${status} from x.test)`);
    expect(failure.message).toContain(`Lightfast says: "${message}`);
  },
);

test("a missing header reads as a key that did not arrive, not as one that is wrong", () => {
  const message = "API key required. Provide 'Authorization: Bearer <api-key>' header.";
  const failure = apiError(GET, apiAnswer(401, "auth_required", message, [AUTH]), false);
  expect(failure).toMatchObject({ code: "invalid_token", status: 401, retryable: false });
  expect(failure.hint).not.toContain("outage");
  expect(failure.message).toContain("API key required.");
});

test("the host is named with its port, and neither the path nor the key", () => {
  const request = requestTo("GET", "127.0.0.1:4010");
  const { message } = apiError(request, apiAnswer(500, "internal_error", "No."), false);
  expect(message).toContain("(HTTP 500 from 127.0.0.1:4010)");
  expect(message).not.toMatch(/api\/v1|secret|lf_test/);
});
