import { describe, expect, test } from "vitest";
import { lines, outcome } from "../support/wire-outcome.ts";

describe("no answer", () => {
  const head = (...headers: string[]): string => lines("HTTP/1.1 200 OK", ...headers, "", "ab");
  const chunks = (...body: string[]): string =>
    lines("HTTP/1.1 200 OK", "transfer-encoding: chunked", "", ...body);

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["another version of HTTP", lines("HTTP/2.0 200 OK", "content-length: 0", "", "")],
    ["a version of HTTP/1 that is not ours", lines("HTTP/1.2 200 OK", "content-length: 0", "", "")],
    ["a status of two digits", lines("HTTP/1.1 20 OK", "content-length: 0", "", "")],
    ["a status of four digits", lines("HTTP/1.1 2000 OK", "content-length: 0", "", "")],
    ["a change of the protocol", lines("HTTP/1.1 101 Switching Protocols", "upgrade: x", "", "")],
    ["lines that end as on Unix", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
    ["a carriage return within a line", head("a: b\rc", "content-length: 2")],
    ["a control character", head("a: b\0c", "content-length: 2")],
    ["a folded header", head("a: b", " c", "content-length: 2")],
    ["a header without a colon", head("a", "content-length: 2")],
    ["a header without a name", head(": b", "content-length: 2")],
    ["a space before a colon", head("content-length : 2")],
    ["two lengths", head("content-length: 2", "content-length: 3")],
    ["a length that is no number", head("content-length: 0x2")],
    ["a length with a sign", head("content-length: +2")],
    ["no length where there should be one", head("content-length:")],
    ["a length and chunks", head("content-length: 2", "transfer-encoding: chunked")],
    ["chunks twice", head("transfer-encoding: chunked", "transfer-encoding: chunked")],
    ["an unknown coding", head("transfer-encoding: gzip, chunked")],
    ["chunks in HTTP/1.0", lines("HTTP/1.0 200 OK", "transfer-encoding: chunked", "", "0", "", "")],
    ["a chunk without a size", chunks("", "ab", "0", "", "")],
    ["a chunk whose size is no number", chunks("g", "ab", "0", "", "")],
    ["a chunk whose size has a sign", chunks("-2", "ab", "0", "", "")],
    ["a chunk that is longer than it says", chunks("1", "ab", "0", "", "")],
    ["a chunk whose line ends as on Unix", chunks("2\nab", "0", "", "")],
    ["a trailer that is none", chunks("0", "a b", "", "")],
  ])("is %s", (_, text) => {
    expect(outcome(text)).toBe("ANSWER_MALFORMED");
  });

  test.each([
    ["a head over 16 KiB", head(`a: ${"b".repeat(16 * 1024)}`, "content-length: 2")],
    ["a head without an end", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(4000)}`],
    ["interim answers without an end", lines("HTTP/1.1 102 Processing", "", "").repeat(1000)],
    ["an extension over 16 KiB", chunks(`1;${"x".repeat(17_000)}`, "a", "0", "", "")],
    ["extensions over 16 KiB in all", chunks(...Array(200).fill(`1;${"x".repeat(100)}\r\na`), "0", "", "")],
    ["trailers over 16 KiB in all", chunks("0", ...Array(4000).fill("a: b"), "", "")],
    ["a body over 1 MiB", head("content-length: 1048577")],
    ["a body whose length no number holds", head(`content-length: ${"9".repeat(400)}`)],
    ["a chunk over 1 MiB", chunks("fffffffffffffff", "x".repeat(1048577))],
    ["chunks over 1 MiB in all", chunks(...Array(1025).fill(`400\r\n${"x".repeat(1024)}`), "0", "", "")],
    ["more than 1 MiB up to the end of the connection", lines("HTTP/1.1 200 OK", "", "x".repeat(1048577))],
  ])("is %s", (_, text) => {
    expect(outcome(text)).toBe("ANSWER_TOO_LARGE");
  });

  test.each([
    ["nothing", ""],
    ["a part of a head", "HTTP/1.1 200 OK\r\ncontent-"],
    ["an interim one alone", lines("HTTP/1.1 100 Continue", "", "")],
    ["a part of a body", head("content-length: 3")],
    ["a part of a chunk", chunks("3", "ab")],
    ["chunks without the last", chunks("2", "ab", "")],
    ["chunks without the last line", chunks("2", "ab", "0", "")],
  ])("is %s before the connection ends", (_, text) => {
    expect(outcome(text)).toBe("CONNECTION_ENDED");
  });
});
