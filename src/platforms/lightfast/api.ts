/** The operations that tools use: over REST API v1, or the app's endpoints. They return its JSON. @throws ToolError */
export type LightfastApi = {
  health(): Promise<unknown>;
  createSignal(input: string): Promise<unknown>;
  getSignal(id: string): Promise<unknown>;
};
