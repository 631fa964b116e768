/**
 * What the Lightfast tools need of Lightfast. Each method answers the platform's JSON as it came and throws `ToolError`.
 * The REST client is one implementation; the hosted server has another.
 */
export type LightfastApi = {
  health(): Promise<unknown>;
  createSignal(input: string): Promise<unknown>;
  getSignal(id: string): Promise<unknown>;
};
