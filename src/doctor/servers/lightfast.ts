import { TOOL_TABLE } from "../../platforms/lightfast/catalog.ts";
import { LIGHTFAST_ENTRIES } from "../../platforms/lightfast/config/entries.ts";
import { LIGHTFAST_OPTIONS, STORED_OPTIONS } from "../../platforms/lightfast/config/options.ts";
import { hasProfile } from "../../platforms/lightfast/config/profiles.ts";
import { readLightfastSettings } from "../../platforms/lightfast/config/resolve.ts";
import type { DoctorServer } from "../server.ts";

export const LIGHTFAST_SERVER: DoctorServer = {
  rules: LIGHTFAST_ENTRIES,
  options: LIGHTFAST_OPTIONS,
  stored: STORED_OPTIONS,
  readSettings: (flags, env) => {
    const { settings, errors } = readLightfastSettings(flags, env);
    const { sandbox, credential, profile, tools } = settings;
    return {
      error: errors[0]?.message,
      sandbox,
      credential,
      login: hasProfile(profile) ? `profile ${profile}` : undefined,
      tools,
      isSelection: tools.length < TOOL_TABLE.rows.length,
    };
  },
};
