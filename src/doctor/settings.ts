import type { Environment } from "../config/values.ts";
import { DEFAULT_BASE_URL } from "../platforms/lightfast/config/base-url.ts";
import { type Flags, OPTIONS, type OptionName } from "../platforms/lightfast/config/part-options.ts";
import {
  hasProfile,
  type Profile,
  ProfileError,
  readProfile,
} from "../platforms/lightfast/config/profiles.ts";
import {
  profileOf,
  resolveSettings,
  type Settings,
  SettingsError,
} from "../platforms/lightfast/config/resolve.ts";
import { headOf } from "./notices.ts";

/** Settings as far as they can be used, and what is wrong with the rest, one line each. */
export type Examined = { readonly settings: Settings; readonly problems: readonly string[] };

const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);

const withoutFlags = (flags: Flags, heads: ReadonlySet<string>): Flags =>
  Object.fromEntries(
    Object.entries(flags).filter(([name]) => isOption(name) && !heads.has(OPTIONS[name].flag)),
  );

const withoutVariables = (env: Environment, heads: ReadonlySet<string>): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !heads.has(name)));

/** The stored login with the settings that use it; one that cannot be used is told in place of the key. */
const load = (flags: Flags, env: Environment, heads: ReadonlySet<string>): Settings => {
  const { name, needed } = profileOf(flags, env);
  if (!needed || !hasProfile(name)) return resolveSettings(flags, env);
  try {
    const login = readProfile(name);
    return resolveSettings(flags, env, login && heads.has("profile") ? movedHome(login) : login);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const { message: problem, advice } = error;
    return { ...resolveSettings(flags, env), credential: { state: "missing", problem, advice } };
  }
};

/** The address of this login is what cannot be used. */
const movedHome = (login: Profile): Profile => ({ ...login, baseUrl: DEFAULT_BASE_URL });

/** Resolves the settings; one that cannot be used is left out, so that the others can still be looked at. */
export const examineSettings = (flags: Flags, env: Environment): Examined => {
  const problems: string[] = [];
  const heads = new Set<string>();
  for (;;) {
    try {
      return { settings: load(withoutFlags(flags, heads), withoutVariables(env, heads), heads), problems };
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      const known = heads.size;
      for (const line of error.problems) heads.add(headOf(line));
      // Nothing more can be left out, so it would go on for ever.
      if (heads.size === known) throw error;
      problems.push(...error.problems);
    }
  }
};
