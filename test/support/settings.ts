import type { SettingProblem } from "../../src/config/reader.ts";
import { SettingsError } from "../../src/config/resolve.ts";

export function messagesOf(problems: readonly SettingProblem[]): readonly string[] {
  return problems.map(({ message }) => message);
}

/** Settings with the messages of their warnings, for comparisons. */
export function withMessages<Settings extends { readonly warnings: readonly SettingProblem[] }>(
  settings: Settings,
): Omit<Settings, "warnings"> & { readonly warnings: readonly string[] } {
  return { ...settings, warnings: messagesOf(settings.warnings) };
}

/** Returns the messages of the settings error that `resolve` throws; none if it returns. */
export function errorsOf(resolve: () => unknown): readonly string[] {
  try {
    resolve();
  } catch (error) {
    if (error instanceof SettingsError) return messagesOf(error.problems);
    throw error;
  }
  return [];
}
