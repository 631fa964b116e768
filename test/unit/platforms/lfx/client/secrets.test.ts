import { describe, expect, test } from "vitest";
import {
  maskSecrets,
  parseWithoutSecrets,
  textWithoutSecrets,
} from "../../../../../src/platforms/lfx/client/secrets.ts";

const SECRET = "4711-secret";

describe("a response", () => {
  test.each(["join_url", "passcode", "recording_password", "host_key", "zoom_webhook_event"])(
    "is parsed without %s, at any depth and however it is written",
    (name) => {
      const escaped = [...name].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
      const partly = [...name].map((char, index) => (index === 4 ? escaped[4] : char));
      for (const key of [name, escaped.join(""), partly.join("")]) {
        expect(parseWithoutSecrets(`{"list":[{"${key}":"${SECRET}","keep":1}],"${key}":{}}`)).toEqual({
          list: [{ keep: 1 }],
        });
      }
    },
  );

  test("without such a field is parsed as it is", () => {
    const value = { list: [{ keep: null, password: SECRET }], "": [1.5, "ü\\u0041"] };
    expect(parseWithoutSecrets(JSON.stringify(value))).toEqual(value);
    expect(parseWithoutSecrets("{")).toBeUndefined();
  });
});

describe("the log of requests and responses shows no", () => {
  test.each([
    "join_url",
    "passcode",
    "recording_password",
    "host_key",
    "password",
    "meeting_password",
    "zoom_webhook_event",
    "chat_webhook_url",
  ])("%s, at any depth and in any form", (name) => {
    const inner = { keep: 1, list: [{ [name]: SECRET }] };
    const texts = [
      JSON.stringify({ resources: [{ data: inner }] }),
      JSON.stringify({ [name]: { deep: [SECRET] } }),
      JSON.stringify({ [name]: 4711, text: JSON.stringify({ [name]: SECRET }) }),
      JSON.stringify({ text: JSON.stringify({ text: JSON.stringify({ [name]: `${SECRET}"\\` }) }) }),
      // A response that was cut off.
      JSON.stringify({ resources: [inner, inner] }).slice(0, -4),
      `{"${name}" : "${SECRET}", `,
    ];
    for (const text of texts) {
      expect(maskSecrets(text)).not.toMatch(/secret|4711/);
      expect(maskSecrets(text)).toContain("[REDACTED]");
    }
  });

  test.each([
    "X-Amz-Signature",
    "x-amz-credential",
    "x-amz-security-token",
    "signature",
    "sig",
    "token",
    "pwd",
  ])("%s of a URL", (name) => {
    const url = `https://files.example/a?x=1&${name}=${SECRET}&y=2`;
    for (const text of [
      url,
      JSON.stringify({ play_url: url }),
      JSON.stringify(url).replaceAll("&", "\\u0026"),
    ])
      expect(maskSecrets(text)).toMatch(/^[^\s]*x=1&[\w-]+=\[REDACTED\]&y=2"?}?$/);
  });

  test("text of a summary that its organizer has not approved", () => {
    const texts = { content: SECRET, edited_content: SECRET };
    const unapproved = { requires_approval: true, approved: false, summary_title: "TSC", ...texts };
    const nested = { requires_approval: true, summary_data: texts };
    for (const data of [unapproved, nested])
      expect(maskSecrets(JSON.stringify({ resources: [{ data }] }))).not.toContain(SECRET);
    const approved = JSON.stringify({ requires_approval: true, approved: true, ...texts });
    expect(maskSecrets(approved)).toBe(approved);
  });
});

test.each([
  "",
  "plain text",
  "<html>",
  '{"page_token":"abc","passcodes":1}',
  "https://lfx.example/query/resources?page_token=abc&tags_all=x",
])("%j stays as it is", (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test("a text for a result loses join credentials at any depth, and stays as it is without them", () => {
  const secret = { rows: [{ keep: 1, deep: { passcode: SECRET, join_url: SECRET, host_key: SECRET } }] };
  expect(textWithoutSecrets(JSON.stringify(secret))).toBe('{"rows":[{"keep":1,"deep":{}}]}');
  for (const text of [' { "id": 80351110224678912345 }\n', "the passcode is sent by email", ""])
    expect(textWithoutSecrets(text)).toBe(text);
});
