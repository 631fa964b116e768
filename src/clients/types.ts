/** What a client's place of settings depends on; a value, so that every system can be asked about from any other. */
export type System = {
  /** `darwin` and `win32` are told apart; anything else counts as Linux. */
  readonly platform: string;
  /** The user's home directory. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Data that every format can write. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** What stands in a client's file under our name. */
export type Entry = { readonly [key: string]: Value };

/** How a server is started, in no client's words yet. */
export type Server = {
  /** The name under which the client knows it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** One step into a file: a key of a mapping, or the element of a list with that `id`. */
export type Step = string | { readonly id: string };
export type Path = readonly Step[];

export type FormatName = "jsonc" | "toml" | "yaml";

/** How a client gets at the key without its standing in the file. */
export type KeyForm =
  /** The client puts the value of a variable in place of this text. */
  | { readonly kind: "placeholder"; readonly text: string }
  /** The client asks for it and keeps it: VS Code's `inputs`. */
  | { readonly kind: "input" }
  /** A list of variables that the client passes on or keeps itself. */
  | { readonly kind: "list"; readonly field: string; readonly advice: string };

/** One MCP client: where its settings are, and what an entry looks like there. */
export type Client = {
  /** The name on the command line. */
  readonly id: string;
  readonly title: string;
  readonly format: FormatName;
  /** Whether the client itself reads comments and trailing commas. */
  readonly comments: boolean;
  /** The user's file; where there may be several, the likeliest first. */
  readonly userFiles: (system: System) => readonly string[];
  /** The file in a project, relative to its folder, with slashes; the likeliest first. */
  readonly projectFiles?: readonly string[];
  /** The folder that proves the client installed, where that of its file proves nothing. */
  readonly home?: (system: System) => string;
  /** Where the entries stand. */
  readonly keyPath: readonly string[];
  readonly envField: "env" | "envs" | "environment";
  readonly entry: (server: Server) => Entry;
  /** Undefined for a client that has no way to keep the key out of its file. */
  readonly key?: KeyForm;
  /** Names that the client keeps for itself. */
  readonly reserved?: readonly string[];
  /** What to do before the file is written. */
  readonly before?: string;
  /** What makes the client read its file again. */
  readonly after: string;
};
