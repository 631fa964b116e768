import { chmodSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import {
  profileFile,
  readProfile,
  writeProfile,
} from "../../../../../src/platforms/lightfast/config/profiles.ts";
import { placeFile, pretendPlatform, temporaryHome } from "../../../../support/home.ts";

const LOGIN = { apiKey: "lf_0123456789abcdef", baseUrl: "https://lightfast.ai/" };

beforeEach(() => void temporaryHome());

/** Windows knows no modes but whether a file may be written. */
const [OWN_FILE, OWN_FOLDER] = process.platform === "win32" ? [0o666, 0o666] : [0o600, 0o700];
const modeOf = (path: string): number => statSync(path).mode & 0o777;

const MODES = process.platform === "win32" ? [] : [0o644, 0o640, 0o604, 0o620, 0o601];

describe("others of this machine", () => {
  test("can read neither the file nor its folder", async () => {
    await writeProfile("work", LOGIN);
    expect(modeOf(profileFile("work"))).toBe(OWN_FILE);
    expect(modeOf(dirname(profileFile("work")))).toBe(OWN_FOLDER);
  });

  test("lose a folder that they could read", async () => {
    placeFile(join(dirname(profileFile("work")), "notes.txt"), "");
    chmodSync(dirname(profileFile("work")), 0o755);
    await writeProfile("work", LOGIN);
    expect(modeOf(dirname(profileFile("work")))).toBe(OWN_FOLDER);
  });

  test.each(MODES)("who could read it (%o) keep it from being used", async (mode) => {
    await writeProfile("work", LOGIN);
    const file = profileFile("work");
    chmodSync(file, mode);
    expect(() => readProfile("work")).toThrow(
      expect.objectContaining({
        name: "ProfileError",
        message: `${file} can be read by other users, so it is not used`,
        advice: `Run: chmod 600 "${file}"`,
      }),
    );
    chmodSync(file, 0o600);
    expect(readProfile("work")).toEqual(LOGIN);
  });
});

test("on Windows, where modes mean nothing, none keeps a login from being used", async () => {
  await writeProfile("work", LOGIN);
  const text = readFileSync(profileFile("work"), "utf8");
  pretendPlatform("win32");
  placeFile(profileFile("work"), text);
  chmodSync(profileFile("work"), 0o644);
  expect(readProfile("work")).toEqual(LOGIN);
});
