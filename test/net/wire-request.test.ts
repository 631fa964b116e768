import { describe, expect, test } from "vitest";
import { targetOf, wireRequest } from "../../src/net/wire-request.ts";

const request = (
  headers: Record<string, string>,
  body = "{}",
  url = "http://app.test:8080/a%20b?c=d#e",
): string => wireRequest(targetOf(new URL(url)), headers, body).toString("latin1");

test("a request is its line, its server, its headers and its body", () => {
  expect(request({ authorization: "Bearer x", "x-one": "" })).toBe(
    [
      "POST /a%20b?c=d HTTP/1.1",
      "host: app.test:8080",
      "connection: keep-alive",
      "authorization: Bearer x",
      "x-one: ",
      "content-length: 2",
      "",
      "{}",
    ].join("\r\n"),
  );
});

test("a body is told by its bytes, and goes in UTF-8 beside headers in latin1", () => {
  expect(request({ tracestate: "ü" }, "ß€")).toMatch(
    /tracestate: \xfc\r\ncontent-length: 5\r\n\r\n\xc3\x9f\xe2\x82\xac$/,
  );
  expect(request({ tracestate: "ü" }, "s")).toMatch(/tracestate: \xfc\r\ncontent-length: 1\r\n\r\ns$/);
});

test.each([
  ["http://[::1]:99", "POST / HTTP/1.1\r\nhost: [::1]:99\r\n"],
  ["https://app.test:443/x", "POST /x HTTP/1.1\r\nhost: app.test\r\n"],
])("%s is named as its server knows it", (url, expected) => {
  expect(request({}, "", url).startsWith(expected)).toBe(true);
});

test("an address that has changed since is not mistaken for what it was", () => {
  const url = new URL("http://app.test/one");
  expect(targetOf(url)).toBe(targetOf(url));
  url.pathname = "/two";
  expect(targetOf(url).head).toContain("POST /two ");
});

describe("nothing goes out", () => {
  const refused = expect.objectContaining({ code: "REQUEST_MALFORMED" });

  test.each(["\r", "\n", "\r\nx-two: 2", "\0", "\x7f", "\x1b", "€"])("with %j in a value", (text) => {
    expect(() => request({ "x-one": `1${text}` })).toThrow(refused);
  });

  test.each(["", "x one", "x:", "x\r\ny", "x\0", "ü", "X-Upper"])("with a header named %j", (name) => {
    expect(() => request({ [name]: "1" })).toThrow(refused);
  });

  test.each(["host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "te"])(
    "with a %s of the sender's",
    (name) => {
      expect(() => request({ [name]: "1" })).toThrow(refused);
    },
  );

  test.each(["ftp://app.test/", "file:///etc/passwd", "data:,x"])("to %s", (url) => {
    expect(() => targetOf(new URL(url))).toThrow(refused);
  });
});
