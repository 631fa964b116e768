import { describe, expect, test } from "vitest";
import { AnswerReader } from "../../src/net/wire-answer.ts";
import { bytes, lines, outcome, outcomeOf } from "../support/wire-outcome.ts";

describe("an answer", () => {
  test.each<[string, string, object]>([
    ["with a length", lines("HTTP/1.1 200 OK", "content-length: 2", "", "ab"), { status: 200, body: "ab" }],
    [
      "with equal lengths",
      lines("HTTP/1.1 200 OK", "Content-Length: 2, 2", "CONTENT-LENGTH:2", "", "ab"),
      { body: "ab" },
    ],
    ["without a reason", lines("HTTP/1.1 500", "content-length: 0", "", ""), { status: 500, body: "" }],
    ["in UTF-8", lines("HTTP/1.1 200 OK", "content-length: 5", "", "\xef\xbb\xbf\xc3\xbc"), { body: "ü" }],
    [
      "after interim ones",
      lines(
        "HTTP/1.1 100 Continue",
        "",
        "HTTP/1.1 103 Early Hints",
        "link: x",
        "",
        "HTTP/1.1 204 No Content",
        "",
        "",
      ),
      { status: 204, body: "" },
    ],
    [
      "204 that tells a length all the same",
      lines("HTTP/1.1 204 No Content", "content-length: 7", "", ""),
      { body: "", isReusable: true },
    ],
    [
      "304 that tells the length of what it leaves out",
      lines("HTTP/1.1 304 Not Modified", "content-length: 7", "", ""),
      { body: "", isReusable: true },
    ],
    [
      "in chunks",
      lines(
        "HTTP/1.1 200 OK",
        "Transfer-Encoding: Chunked",
        "",
        "2",
        "ab",
        '00A;x="y" ;z',
        "cdefghijkl",
        "0",
        "expires: never",
        "",
        "",
      ),
      { body: "abcdefghijkl", isReusable: true },
    ],
    [
      "up to the end of the connection",
      lines("HTTP/1.1 200 OK", "", "all of it"),
      { body: "all of it", isReusable: false },
    ],
    [
      "of HTTP/1.0",
      lines("HTTP/1.0 200 OK", "connection: keep-alive", "content-length: 2", "", "ab"),
      { body: "ab", isReusable: false },
    ],
    [
      "that says it is the last",
      lines("HTTP/1.1 200 OK", "connection: x, Close", "content-length: 2", "", "ab"),
      { body: "ab", isReusable: false },
    ],
    [
      "that says how long it waits",
      lines("HTTP/1.1 200 OK", "keep-alive: max=3, timeout=7", "content-length: 0", "", ""),
      { isReusable: true, keepAliveMs: 7000 },
    ],
    [
      "with bytes behind it",
      lines("HTTP/1.1 200 OK", "content-length: 2", "", "abHTTP/1.1 200 OK"),
      { body: "ab", isReusable: false },
    ],
    [
      "of 1 MiB",
      lines("HTTP/1.1 200 OK", "content-length: 1048576", "", "x".repeat(1048576)),
      { isReusable: true },
    ],
  ])("%s is read", (_, text, expected) => {
    expect(outcome(text)).toMatchObject(expected);
  });

  test("tells its headers by their names, of equal ones the first", () => {
    const reader = new AnswerReader();
    const text = bytes(
      lines("HTTP/1.1 200 OK", "Retry-After: \t7 ", "x: a", "X: b", "content-length: 0", "", ""),
    );
    reader.read(text, text.length);
    const { header } = reader.answer ?? {};
    expect(["retry-after", "x", "y"].map((name) => header?.(name))).toEqual(["7", "a", undefined]);
  });

  test("does not take part in the next one", () => {
    const reader = new AnswerReader();
    const chunked = lines("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", "1", "a", "0", "", "");
    for (const text of [chunked, lines("HTTP/1.1 201 Yes", "content-length: 1", "", "b"), chunked]) {
      expect(outcomeOf([bytes(text)], reader)).toMatchObject({ body: text === chunked ? "a" : "b" });
      reader.reset();
    }
  });
});
