import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../../src/mcp/tool.ts";
import type { HttpService } from "../../../../src/transports/http/types.ts";
import { LANDING_PAGE, METADATA, RESOURCE_URL, startApp } from "../../../support/http-app.ts";

const OPEN = { kind: "open", caller: LOCAL_CALLER } as const;

/** The text of the first element of a kind. */
function contentOf(html: string, element: string): string {
  const content = new RegExp(`<${element}[^>]*>([\\s\\S]*?)</${element}>`).exec(html)?.[1] ?? "";
  return content.replaceAll(/<\/?span>/g, "");
}

async function load(
  service: Partial<Pick<HttpService<undefined>, "access" | "metadata" | "landingPage">> = {},
) {
  const app = await startApp(service);
  return app.ask({ path: "/" });
}

describe("the landing page", () => {
  test("names the server, its URL, each client, and what to do", async () => {
    const { status, headers, text } = await load();
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(contentOf(text, "title")).toBe("Tiny MCP server");
    expect(contentOf(text, "code")).toBe(RESOURCE_URL.href);
    expect(text).toContain("<summary>Terminal</summary>\n<p>Run:</p>");
    expect(text).toContain('<a href="https://editor.test/add?name=tiny&#38;config=%7B%7D">Add to Editor</a>');
    expect(text.match(/<button type="button" aria-label="Copy [^"]+" hidden>/g)).toHaveLength(3);
    expect(text).toContain('tiny 1.0 · <a href="https://tiny.test/docs">');
  });

  test("shows the URL as the metadata has it, which clients compare as text", async () => {
    const { text } = await load({ metadata: { ...METADATA, resource: "https://MCP.tiny.test/mcp" } });
    expect(contentOf(text, "code")).toBe("https://MCP.tiny.test/mcp");
  });

  test.each([
    [{}, "You will be asked to sign in."],
    [{ metadata: undefined }, "Send your API key as the bearer token."],
    [{ access: OPEN, metadata: undefined }, "No authentication. Only reachable from this machine."],
  ])("says how callers authenticate: %j", async (service, sentence) => {
    expect((await load(service)).text).toContain(`echo texts. ${sentence}</p>`);
  });

  test("escapes everything that it shows", async () => {
    const evil = `<script>alert("1")</script>'&`;
    const escaped = "&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;";
    const { text } = await load({
      metadata: { ...METADATA, resource: evil },
      landingPage: {
        heading: evil,
        purpose: evil,
        documentation: evil,
        program: evil,
        setups: [{ client: evil, link: evil, instruction: evil, text: evil }],
      },
    });
    expect(text).not.toContain(evil);
    expect(text).not.toContain('alert("');
    // title, h1, purpose, URL; of the setup: summary, link, its text, instruction, label, text; documentation, program
    expect(text.replaceAll("<wbr>", "").split(escaped)).toHaveLength(13);
  });

  test("allows its own style, script and icon, and nothing else", async () => {
    const { headers, text } = await load();
    const policy = String(headers["content-security-policy"]);
    for (const element of ["style", "script"]) {
      const digest = createHash("sha256").update(contentOf(text, element)).digest("base64");
      expect(policy).toContain(`${element}-src 'sha256-${digest}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(text).not.toMatch(/ (?:style|on\w+)=/);
    expect(text).toContain('<link rel="icon" href="data:image/svg+xml,');
  });

  test("is sent again only if it changed", async () => {
    const app = await startApp();
    const page = await app.ask({ path: "/" });
    const etag = String(page.headers.etag);
    expect(page.headers["cache-control"]).toBe("no-cache");
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const { status, text, headers } = await app.ask({ path: "/", headers: { "if-none-match": tag } });
      expect([status, text, headers.etag]).toEqual([304, "", etag]);
    }
    const changed = await app.ask({ path: "/", headers: { "if-none-match": '"other"' } });
    expect([changed.status, changed.text]).toEqual([200, page.text]);
    const other = await load({ landingPage: { ...LANDING_PAGE, heading: "größe" } });
    expect(other.headers.etag).not.toBe(etag);
    expect(Number(other.headers["content-length"])).toBe(Buffer.byteLength(other.text));
  });
});
