import { describe, expect, test } from "vitest";
import { ToolError } from "../../../../src/mcp/errors.ts";
import { apiError, jsonOf } from "../../../../src/platforms/lightfast/rest-api.ts";
import { apiAnswer, httpAnswer, requestTo } from "../../../support/api-answers.ts";

const [GET, POST] = [requestTo("GET"), requestTo("POST")];
const PAGE = "<!doctype html><title>502</title><p>lf_page_text";

describe("an answer that is not the API's", () => {
  const BODIES = ["", PAGE, "null", "[]", '"text"', "4", "{"];

  test.each([...BODIES, '{"detail":"Not Found"}', '{"error":401}', '{"error":{"code":"x"}}'])(
    "is told as such: %j",
    (body) => {
      for (const status of [400, 403, 404, 500, 502]) {
        const failure = apiError(GET, httpAnswer(status, body), true);
        expect(failure).toMatchObject({ code: "upstream_error", status });
        expect(failure.message).toBe(
          `The answer did not come from the Lightfast API (HTTP ${status} from x.test)`,
        );
      }
    },
  );

  test.each([...BODIES, '{"detail":"Unauthorized"}', '{"error":401}', '{"error":{"code":"x"}}'])(
    "with 401 is about the credentials all the same: %j",
    (body) => {
      for (const request of [GET, POST]) {
        expect(apiError(request, httpAnswer(401, body), true)).toMatchObject({
          code: "invalid_token",
          message: "The answer did not come from the Lightfast API (HTTP 401 from x.test)",
          hint: "Trying again will not help by itself. Check the base URL and any proxy between.",
          status: 401,
          retryable: false,
        });
      }
    },
  );

  test("is not quoted", () => {
    expect(apiError(GET, httpAnswer(502, PAGE), false).message).not.toContain("lf_page_text");
  });

  test.each([500, 502, 503, 504])("with %i may be asked for again, but not written again", (status) => {
    expect(apiError(GET, httpAnswer(status, PAGE), false)).toMatchObject({
      retryable: true,
      hint: "It is safe to try again. Check the base URL and any proxy between.",
    });
    expect(apiError(POST, httpAnswer(status, PAGE), false)).toMatchObject({
      retryable: false,
      hint: expect.stringContaining("unknown whether the request was processed"),
    });
  });

  test.each([400, 403, 404, 405, 413, 422])("with %i was refused, so it was not carried out", (status) => {
    for (const request of [GET, POST]) {
      const { hint, retryable } = apiError(request, httpAnswer(status, PAGE), false);
      expect(hint).toMatch(/^Trying again will not help by itself\./);
      expect(retryable).toBe(false);
    }
  });

  test.each([429, 503])("with %i and Retry-After was turned away, for a write too", (status) => {
    const failure = apiError(POST, httpAnswer(status, PAGE, { "retry-after": "3" }), false);
    expect(failure).toMatchObject({ retryable: true, retryAfterMs: 3000 });
    expect(failure.hint).toMatch(/^It was not processed, so it is safe to try again\..* Wait 3 s first\.$/);
  });

  test.each([404, 405])("with %i means a wrong base URL", (status) => {
    expect(apiError(GET, httpAnswer(status, PAGE), true).hint).toContain("Check the base URL");
    expect(apiError(POST, httpAnswer(status, PAGE), false).hint).toContain("Check the base URL");
  });

  test.each([301, 302, 304])("may be a redirect without a target (%i)", (status) => {
    expect(apiError(GET, httpAnswer(status, ""), false)).toMatchObject({
      code: "upstream_error",
      retryable: false,
    });
  });
});

describe("404", () => {
  const answer = apiAnswer(404, "not_found", "Signal not found.");

  test("speaks of the signal where one was looked up", () => {
    const failure = apiError(GET, answer, true);
    expect(failure.code).toBe("not_found");
    expect(failure.message).toMatch(/^No such signal is visible to this API key \(HTTP 404 from x\.test\)/);
  });

  test("speaks of the address where nothing was looked up", () => {
    expect(apiError(POST, answer, false)).toMatchObject({
      code: "upstream_error",
      hint: expect.stringContaining("Check the base URL"),
    });
  });
});

test.each([
  [404, false],
  [405, false],
  [405, true],
])("with %i another API's words are not passed on as those of Lightfast", (status, finds) => {
  for (const request of [GET, POST]) {
    const failure = apiError(request, apiAnswer(status, "Not Found", "No message available"), finds);
    expect(failure).toMatchObject({
      code: "upstream_error",
      message: `The answer did not come from the Lightfast API (HTTP ${status} from x.test)`,
      hint: "Trying again will not help by itself. Check the base URL and any proxy between.",
      retryable: false,
    });
  }
});

describe("a successful answer", () => {
  test.each(["{}", "[]", "null", "4", '{"later":{"added":[]}}'])("of %s is its JSON", (body) => {
    expect(jsonOf(GET, httpAnswer(200, body))).toEqual(JSON.parse(body));
  });

  const failureOf = (method: "GET" | "POST", body: string, type?: string): ToolError => {
    try {
      jsonOf(requestTo(method), httpAnswer(200, body, type ? { "content-type": type } : {}));
    } catch (error) {
      if (error instanceof ToolError) return error;
    }
    throw new Error("expected a ToolError");
  };

  test("that is no JSON is told by its type, and not quoted", () => {
    const failure = failureOf("GET", PAGE, "text/html; charset=utf-8");
    expect(failure).toMatchObject({
      code: "upstream_error",
      message: "x.test answered 200 with text/html; charset=utf-8 instead of JSON",
      hint: "It is safe to try again. Check the base URL and any proxy between.",
      status: 200,
      retryable: true,
    });
  });

  test("that is empty is told so", () => {
    expect(failureOf("GET", "").message).toBe("x.test answered 200 with no content type instead of JSON");
  });

  test("to a write leaves its outcome unknown", () => {
    expect(failureOf("POST", PAGE)).toMatchObject({
      retryable: false,
      hint: expect.stringContaining("unknown whether the request was processed"),
    });
  });

  test("with a long or odd type is told in one short line", () => {
    const { message } = failureOf("GET", "", `text/x\u0007${"y".repeat(500)}`);
    expect(message.length).toBeLessThan(200);
    expect(message).not.toContain("\u0007");
  });
});
