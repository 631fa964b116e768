import { dirname } from "node:path";
import { expect, test } from "vitest";
import { userPath } from "../../../src/config/folders.ts";
import { isNewer, knownNewerVersion, rememberNewestVersion } from "../../../src/installation/releases.ts";
import { version } from "../../../src/version.ts";
import { placeFile, temporaryHome } from "../../support/home.ts";

test.each([
  [true, "0.10.0", "0.9.9"],
  [true, "1.0.0", "0.99.99"],
  [true, "0.4.1", "0.4.0"],
  [false, "0.4.0", "0.4.0"],
  [false, "0.4.0", "0.4.1"],
  [false, "0.9.9", "1.0.0"],
  [false, "0.4.0", "0.4.0-rc.1"],
])("isNewer is %s for %s and %s", (expected, candidate, current) => {
  expect(isNewer(candidate, current)).toBe(expected);
});

test("a newer version is known after it was seen, and only then", () => {
  temporaryHome();
  expect(knownNewerVersion()).toBeUndefined();
  rememberNewestVersion(version);
  expect(knownNewerVersion()).toBeUndefined();
  rememberNewestVersion("999.0.0");
  expect(knownNewerVersion()).toBe("999.0.0");
});

test.each(["", "999.0.0-rc.1", "999", "\u001b[2J999.0.0", "1".repeat(100_000)])(
  "a state file with other content is ignored",
  (text) => {
    temporaryHome();
    placeFile(userPath("cache", "newest-version"), text);
    expect(knownNewerVersion()).toBeUndefined();
  },
);

test("where the folder cannot be created, nothing is stored and nothing fails", () => {
  temporaryHome();
  placeFile(dirname(userPath("cache")), "a file");
  expect(() => rememberNewestVersion("999.0.0")).not.toThrow();
  expect(knownNewerVersion()).toBeUndefined();
});
