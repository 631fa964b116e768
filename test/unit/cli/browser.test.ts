import { expect, test } from "vitest";
import { browserCommand } from "../../../src/cli/browser.ts";
import type { Environment } from "../../../src/config/reader.ts";

const PAGE = new URL("https://lightfast.example/account/settings?a=1&b=$(id)");
const DISPLAY = { DISPLAY: ":0" };

test.each<[NodeJS.Platform, Environment, readonly string[]]>([
  ["darwin", {}, ["open"]],
  ["win32", {}, ["C:\\Windows\\System32\\rundll32.exe", "url.dll,FileProtocolHandler"]],
  [
    "win32",
    { SystemRoot: "D:\\WINNT" },
    ["D:\\WINNT\\System32\\rundll32.exe", "url.dll,FileProtocolHandler"],
  ],
  ["linux", DISPLAY, ["xdg-open"]],
  ["freebsd", { WAYLAND_DISPLAY: "wayland-0" }, ["xdg-open"]],
  ["linux", { BROWSER: "firefox" }, ["firefox"]],
  ["darwin", { BROWSER: " firefox --new-tab : chromium " }, ["firefox", "--new-tab"]],
  ["linux", { BROWSER: process.execPath }, [process.execPath]],
  ["linux", { BROWSER: "", CI: "false", ...DISPLAY }, ["xdg-open"]],
])("on %s with %j, %j gets the address as one argument", (platform, env, command) => {
  expect(browserCommand(PAGE, platform, env)).toEqual([...command, PAGE.href]);
});

test("%s in BROWSER stands for the address", () => {
  const words = browserCommand(PAGE, "linux", { BROWSER: "w --url=%s --quiet" });
  expect(words).toEqual(["w", `--url=${PAGE.href}`, "--quiet"]);
});

test.each<[string, NodeJS.Platform, Environment]>([
  ["in CI", "darwin", { CI: "true" }],
  ["in CI, even with BROWSER", "linux", { CI: "1", BROWSER: "firefox" }],
  ["over SSH", "darwin", { SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" }],
  ["over SSH with a forwarded display", "linux", { SSH_TTY: "/dev/pts/1", ...DISPLAY }],
  ["without a display", "linux", {}],
  ["with BROWSER=none", "win32", { BROWSER: "none" }],
])("%s there is no browser", (_, platform, env) => {
  expect(browserCommand(PAGE, platform, env)).toBeUndefined();
});
