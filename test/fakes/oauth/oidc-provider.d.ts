/** Types for the parts of `oidc-provider` that the tests use; the package has none. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export type Client = {
    readonly clientId: string;
    readonly clientAuthMethod: string;
    grantTypeAllowed(name: string): boolean;
  };

  export type ResourceServerInfo = {
    readonly audience: string;
    readonly scope: string;
    readonly accessTokenTTL: number;
    readonly accessTokenFormat: "jwt";
    readonly jwt: { readonly sign: { readonly alg: string } };
  };

  /** An access token of a person (with `accountId`) or a machine, before it is issued. */
  export type Token = {
    resourceServer: object;
    readonly aud?: string;
    readonly accountId?: string;
    readonly grantId?: string;
    readonly clientId: string;
    readonly scope?: string;
    readonly expiration: number;
    /** Resolves to the token itself. */
    save(): Promise<string>;
  };

  export type Context = {
    body: unknown;
    readonly oidc: {
      readonly client?: Client;
      readonly params?: Readonly<Record<string, string | undefined>>;
      readonly entities: { readonly AccessToken?: Token; readonly ClientCredentials?: Token };
      entity(name: "AccessToken" | "ClientCredentials", token: Token): void;
    };
  };

  export type Interaction = {
    readonly prompt: {
      readonly name: string;
      readonly details: {
        readonly missingOIDCScope?: readonly string[];
        readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
      };
    };
    readonly params: { readonly client_id: string };
    readonly session?: { readonly accountId: string };
  };

  export type Grant = {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    rejectResourceScope(resource: string, scope: string): void;
    /** Resolves to its id. */
    save(): Promise<string>;
  };

  type TokenFields = { client: Client; scope: string; accountId?: string };

  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    on(event: "grant.success" | "grant.error", listener: (ctx: Context, error?: Error) => void): this;
    registerGrantType(
      name: string,
      handler: (ctx: Context) => Promise<void>,
      parameters: readonly string[],
    ): void;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
      options: { mergeWithLastSubmission: boolean },
    ): Promise<void>;
    readonly Grant: new (fields: {
      accountId: string;
      clientId: string;
    }) => Grant;
    readonly AccessToken: new (
      fields: TokenFields,
    ) => Token;
    readonly ClientCredentials: new (
      fields: TokenFields,
    ) => Token;
    readonly ResourceServer: new (
      identifier: string,
      info: ResourceServerInfo,
    ) => object;
  }

  type ErrorClass = new (description?: string) => Error;
  export const errors: {
    readonly InvalidRequest: ErrorClass;
    readonly InvalidTarget: ErrorClass;
    readonly InvalidScope: ErrorClass;
  };
}

declare module "oidc-provider/lib/adapters/memory_adapter.js" {
  /** Returns a new store, which several providers can share. */
  export const createMemoryAdapter: () => (model: string) => object;
}
