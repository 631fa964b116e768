import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  removeProfile,
  writeActiveProfile,
  writeProfile,
} from "../../../../../src/platforms/lightfast/config/profile-writes.ts";
import {
  activeProfileFile,
  hasProfile,
  isProfileName,
  listProfiles,
  ProfileError,
  profileFile,
  readActiveProfile,
  readProfile,
} from "../../../../../src/platforms/lightfast/config/profiles.ts";
import { placeFile, pretendPlatform, temporaryHome } from "../../../../support/home.ts";

describe("profile modes", () => {
  const LOGIN = { apiKey: "lf_0123456789abcdef", baseUrl: "https://lightfast.ai/" };

  beforeEach(() => void temporaryHome());

  /** Windows knows no modes but whether a file may be written. */
  const [OWN_FILE, OWN_FOLDER] = process.platform === "win32" ? [0o666, 0o666] : [0o600, 0o700];
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  const MODES = process.platform === "win32" ? [] : [0o644, 0o640, 0o604, 0o620, 0o601];

  describe("other users", () => {
    test("can read neither the file nor its folder", () => {
      writeProfile("work", LOGIN);
      expect(modeOf(profileFile("work"))).toBe(OWN_FILE);
      expect(modeOf(dirname(profileFile("work")))).toBe(OWN_FOLDER);
    });

    test("lose access to a folder that they could read", () => {
      placeFile(join(dirname(profileFile("work")), "notes.txt"), "");
      chmodSync(dirname(profileFile("work")), 0o755);
      writeProfile("work", LOGIN);
      expect(modeOf(dirname(profileFile("work")))).toBe(OWN_FOLDER);
    });

    test.each(MODES)("prevent the use of a file that they can read (%o)", (mode) => {
      writeProfile("work", LOGIN);
      const file = profileFile("work");
      chmodSync(file, mode);
      expect(() => readProfile("work")).toThrow(
        expect.objectContaining({
          name: "ProfileError",
          message: `${file} can be read by other users, so it is not used`,
          hint: `Run: chmod 600 ${file}`,
        }),
      );
      chmodSync(file, 0o600);
      expect(readProfile("work")).toEqual(LOGIN);
    });
  });

  test("mode bits are ignored on Windows", () => {
    writeProfile("work", LOGIN);
    const text = readFileSync(profileFile("work"), "utf8");
    pretendPlatform("win32");
    placeFile(profileFile("work"), text);
    chmodSync(profileFile("work"), 0o644);
    expect(readProfile("work")).toEqual(LOGIN);
  });
});

describe("profiles", () => {
  const LOGIN = { apiKey: "lf_0123456789abcdef", baseUrl: "https://lightfast.ai/" };
  const OTHER = { apiKey: "lf_other", baseUrl: "http://127.0.0.1:4010/" };

  let home: string;
  beforeEach(() => {
    home = temporaryHome();
  });

  describe("logins are stored below the home directory", () => {
    test.each<[NodeJS.Platform, string[]]>([
      ["linux", [".config"]],
      ["freebsd", [".config"]],
      ["darwin", ["Library", "Application Support"]],
      ["win32", ["AppData", "Roaming"]],
    ])("on %s in %j", (platform, folders) => {
      pretendPlatform(platform);
      expect(profileFile("work")).toBe(join(home, ...folders, "lightfast-mcp", "profiles", "work.json"));
    });

    test("whatever XDG_CONFIG_HOME and other variables are", () => {
      const before = profileFile("work");
      vi.stubEnv("XDG_CONFIG_HOME", "/elsewhere");
      vi.stubEnv("APPDATA", "/elsewhere");
      expect(profileFile("work")).toBe(before);
    });
  });

  test.each(["a", "default", "Work-2", "a_b", "0", "x".repeat(64)])("%s is a valid name", (name) => {
    expect(isProfileName(name)).toBe(true);
  });

  test.each(["", "-a", "_a", ".a", "a.b", "a/b", "a\\b", "..", "a b", "a\n", "ä", "x".repeat(65)])(
    "%j is an invalid name",
    (name) => {
      expect(isProfileName(name)).toBe(false);
    },
  );

  describe("before the first login", () => {
    test("there is no login, and no folder is created", () => {
      expect(readProfile("default")).toBeUndefined();
      expect(hasProfile("default")).toBe(false);
      expect(listProfiles()).toEqual([]);
      expect(removeProfile("default")).toBe(false);
      expect(readdirSync(home)).toEqual([]);
    });
  });

  describe("a login that the system refuses to", () => {
    // Root may write anywhere, but not below a file.
    test("store is reported with the next step", () => {
      placeFile(join(home, ".config"), "");
      placeFile(join(home, "Library"), "");
      placeFile(join(home, "AppData"), "");
      expect(() => writeProfile("work", LOGIN)).toThrow(
        expect.objectContaining({
          name: "ProfileError",
          message: expect.stringMatching(/work\.json cannot be written \([A-Z]+\)$/),
          hint: expect.stringContaining("set LIGHTFAST_API_KEY"),
        }),
      );
    });

    test("read is not called damaged", () => {
      mkdirSync(profileFile("work"), { recursive: true, mode: 0o700 });
      const message = expect.stringMatching(/work\.json cannot be read \([A-Z]+\)$/);
      expect(() => readProfile("work")).toThrow(expect.objectContaining({ name: "ProfileError", message }));
    });
  });

  describe("a stored login", () => {
    test("can be read, listed and removed", () => {
      writeProfile("work", LOGIN);
      writeProfile("default", OTHER);
      expect([readProfile("work"), readProfile("default")]).toEqual([LOGIN, OTHER]);
      expect(listProfiles()).toEqual(["default", "work"]);
      expect(removeProfile("work")).toBe(true);
      expect([hasProfile("work"), readProfile("work")]).toEqual([false, undefined]);
      expect(readProfile("default")).toEqual(OTHER);
    });

    test("replaces an earlier one completely", () => {
      writeProfile("work", LOGIN);
      writeProfile("work", OTHER);
      expect(readProfile("work")).toEqual(OTHER);
      expect(readFileSync(profileFile("work"), "utf8")).not.toContain(LOGIN.apiKey);
    });

    test("leaves no other file behind", () => {
      writeProfile("work", LOGIN);
      expect(readdirSync(dirname(profileFile("work")))).toEqual(["work.json"]);
    });

    test("does not affect another one", () => {
      writeProfile("a", LOGIN);
      writeProfile("b", OTHER);
      expect(["a", "b"].map(readProfile)).toEqual([LOGIN, OTHER]);
    });

    test.skipIf(process.platform === "win32")("stays a symbolic link", () => {
      writeProfile("work", LOGIN);
      const target = join(home, "login.json");
      renameSync(profileFile("work"), target);
      symlinkSync(target, profileFile("work"));
      writeProfile("work", OTHER);
      expect(readlinkSync(profileFile("work"))).toBe(target);
      expect(JSON.parse(readFileSync(target, "utf8"))).toEqual(OTHER);
    });

    test("does not replace a damaged file", () => {
      placeFile(profileFile("work"), "{ half a fi");
      expect(() => writeProfile("work", LOGIN)).toThrow(ProfileError);
      expect(readFileSync(profileFile("work"), "utf8")).toBe("{ half a fi");
    });
  });

  test("other files are not listed", () => {
    writeProfile("work", LOGIN);
    const folder = dirname(profileFile("work"));
    for (const name of ["notes.txt", ".json", "a b.json", "work.json.tmp-1"])
      placeFile(join(folder, name), "{}");
    expect(listProfiles()).toEqual(["work"]);
  });

  describe("a damaged file", () => {
    test.each([
      "",
      "{",
      "null",
      "[]",
      '"text"',
      "{}",
      '{"apiKey":"lf_a"}',
      '{"apiKey":4,"baseUrl":"https://x"}',
    ])("is reported with the fix, and not changed (%j)", (text) => {
      const file = profileFile("work");
      placeFile(file, text);
      const read = () => readProfile("work");
      expect(read).toThrow(ProfileError);
      expect(read).toThrow(
        expect.objectContaining({
          message: expect.stringContaining(`${file} is damaged and was not changed (`),
          hint: "Move it away, then run: lightfast-mcp login",
        }),
      );
      expect(readFileSync(file, "utf8")).toBe(text);
    });

    test.each([
      '{"apiKey":"lf_hush-hush-hush","baseUrl":4}',
      '{"apiKey":"lf_hush-hush-hush"',
      '{"apiKey":"lf_hush"x',
      "lf_hush",
      '{"apiKey":lf_hush}',
    ])("is reported without its content (%j)", (text) => {
      placeFile(profileFile("work"), text);
      const problem = (): string => {
        try {
          return JSON.stringify(readProfile("work"));
        } catch (error) {
          return error instanceof ProfileError ? `${error.message} ${error.hint}` : String(error);
        }
      };
      expect(problem()).toContain("is damaged");
      expect(problem()).not.toMatch(/hush|lf_/);
    });

    test("can be removed, and is listed until then", () => {
      placeFile(profileFile("work"), "{");
      expect(listProfiles()).toEqual(["work"]);
      expect(removeProfile("work")).toBe(true);
      expect(existsSync(profileFile("work"))).toBe(false);
    });
  });
});

describe("the active profile", () => {
  const LOGIN = { apiKey: "lf_0123456789abcdef", baseUrl: "https://lightfast.ai/" };

  beforeEach(() => void temporaryHome());

  test("is none at first, then the chosen one, in a file for this user alone", () => {
    expect(readActiveProfile()).toBeUndefined();
    writeProfile("work", LOGIN);
    writeActiveProfile("work");
    expect(readActiveProfile()?.trim()).toBe("work");
    if (process.platform !== "win32") expect(statSync(activeProfileFile()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(activeProfileFile())).sort()).toEqual(["active-profile", "profiles"]);
    expect(listProfiles()).toEqual(["work"]);
  });

  test("is none again with default, and when its login is removed", () => {
    writeProfile("work", LOGIN);
    writeProfile("other", LOGIN);
    writeActiveProfile("work");
    removeProfile("other");
    expect(readActiveProfile()).toBeDefined();
    removeProfile("work");
    expect(readActiveProfile()).toBeUndefined();
    writeActiveProfile("other");
    writeActiveProfile("default");
    expect(existsSync(activeProfileFile())).toBe(false);
  });

  test("that cannot be written is reported with the next step", () => {
    writeProfile("work", LOGIN);
    mkdirSync(activeProfileFile());
    expect(() => writeActiveProfile("work")).toThrow(/active-profile cannot be written \([A-Z]+\)/);
  });
});
