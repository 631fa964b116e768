/**
 * The Lightfast operations that the tools use. Methods return the platform's JSON unchanged and throw `ToolError`.
 * Implementations: the REST API with an API key, and the app's internal endpoints for hosted callers.
 */
export type LightfastApi = {
  health(): Promise<unknown>;
  createSignal(input: string): Promise<unknown>;
  getSignal(id: string): Promise<unknown>;
};
