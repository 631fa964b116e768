import process from "node:process";
import type { GivenFlags } from "../../config/reader.ts";
import type { Flags } from "../../platforms/lightfast/config/part-options.ts";
import {
  type CommonSettings,
  resolveCommonSettings,
  SettingsError,
} from "../../platforms/lightfast/config/resolve.ts";

/** What the command line gave for LFX and for every server. */
export type LfxCommandFlags = GivenFlags & Flags;

/**
 * Resolves what LFX takes besides what every server takes.
 * @throws SettingsError with all that is wrong in either
 */
export const resolveBoth = <T>(flags: Flags, resolve: () => T): readonly [CommonSettings, T] => {
  const problems: string[] = [];
  const attempt = <R>(work: () => R): R | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const [settings, own] = [attempt(() => resolveCommonSettings(flags, process.env)), attempt(resolve)];
  if (settings === undefined || own === undefined) throw new SettingsError(problems);
  return [settings, own];
};
