import type { Command } from "commander";
import { print } from "../output.ts";

type Candidate = { readonly text: string; readonly description: string };

/** A command, by its path below the program (`lfx http`; empty for the program), and what may follow it. */
type Node = {
  readonly path: string;
  readonly words: readonly Candidate[];
  readonly options: readonly Candidate[];
};

const SHELLS = { bash, zsh, fish };

export type Shell = keyof typeof SHELLS;

/** Prints the completion script of a shell, generated from the program's commands and options. */
export function completion(shell: Shell, program: Command): void {
  print(SHELLS[shell](program.name(), collectNodes(program, ""), valueFlags(program)));
}

function collectNodes(command: Command, path: string): readonly Node[] {
  const children = command.commands.map((child) => ({
    text: child.name(),
    description: child.description(),
  }));
  const choices = command.registeredArguments
    .flatMap(({ argChoices }) => argChoices ?? [])
    .map((text) => ({ text, description: "" }));
  return [
    { path, words: [...children, ...choices], options: visibleOptions(command) },
    ...command.commands.flatMap((child) => collectNodes(child, `${path} ${child.name()}`.trim())),
  ];
}

function visibleOptions(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ short, long, description }) =>
      [short, long].flatMap((text) => (text ? [{ text, description }] : [])),
    );
}

/** Returns the flags that take a value. The word after one of them is not a command. */
function valueFlags(command: Command): readonly string[] {
  const own = command.options.filter(({ required, optional }) => required || optional);
  const flags = [...own.flatMap(({ long }) => long ?? []), ...command.commands.flatMap(valueFlags)];
  return [...new Set(flags)];
}

function bash(name: string, nodes: readonly Node[], flags: readonly string[]): string {
  return `_lightfast_mcp() {
  local word previous= command_path= current=\${COMP_WORDS[COMP_CWORD]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${posixStep(nodes, flags)}
  done
  case $command_path in
${nodes.map(bashCandidates).join("\n")}
  esac
}
complete -o default -F _lightfast_mcp ${name}
`;
}

function bashCandidates({ path, words, options }: Node): string {
  const texts = [...words, ...options].map(({ text }) => text).join(" ");
  return `    '${path}') COMPREPLY=($(compgen -W "${texts}" -- "$current")) ;;`;
}

function zsh(name: string, nodes: readonly Node[], flags: readonly string[]): string {
  return `#compdef ${name}
_lightfast_mcp() {
  local word previous= command_path=
  local -a candidates
  for word in \${words[2,CURRENT-1]}; do
${posixStep(nodes, flags)}
  done
  case $command_path in
${nodes.map(zshCandidates).join("\n")}
  esac
  _describe 'lightfast-mcp' candidates || _files
}
compdef _lightfast_mcp ${name}
`;
}

function zshCandidates({ path, words, options }: Node): string {
  const entries = [...words, ...options].map(({ text, description }) =>
    quote(`${text.replaceAll(":", "\\:")}${description ? `:${description}` : ""}`),
  );
  return `    '${path}') candidates=(\n      ${entries.join("\n      ")}\n    ) ;;`;
}

/** Shell code for bash and zsh that extends `command_path` if `word` is a command below it. */
function posixStep(nodes: readonly Node[], flags: readonly string[]): string {
  return `    case $previous in
      ${flags.join("|")}) previous=$word; continue ;;
    esac
    previous=$word
    case "$command_path $word" in
      ${commandPatterns(nodes).join("|")}) command_path="\${command_path:+$command_path }$word" ;;
    esac`;
}

/** Patterns for a known path and a command below it, separated by a space. */
function commandPatterns(nodes: readonly Node[]): readonly string[] {
  return nodes
    .filter(({ path }) => path !== "")
    .map(({ path }) => quote(path.includes(" ") ? path : ` ${path}`));
}

function fish(name: string, nodes: readonly Node[], flags: readonly string[]): string {
  const helper = `function __lightfast_mcp_at
  set -l command_path
  set -l previous
  set -l words (commandline -opc)
  set -e words[1]
  for word in $words
    if not contains -- "$previous" ${flags.join(" ")}
      switch "$command_path $word"
        case ${commandPatterns(nodes).join(" ")}
          set command_path (string trim -- "$command_path $word")
      end
    end
    set previous $word
  end
  test "$command_path" = "$argv[1]"
end`;
  return [helper, ...nodes.flatMap((node) => fishCandidates(name, node))].join("\n");
}

function fishCandidates(name: string, { path, words, options }: Node): string[] {
  const prefix = `complete -c ${name} -n ${quote(`__lightfast_mcp_at "${path}"`)}`;
  const line = (flag: string, description: string) =>
    `${prefix} ${flag}${description ? ` -d ${quote(description)}` : ""}`;
  return [
    ...words.map(({ text, description }) => line(`-a ${quote(text)}`, description)),
    ...options.map(({ text, description }) =>
      line(text.startsWith("--") ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`, description),
    ),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
