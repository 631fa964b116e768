import type { Command } from "commander";
import { print } from "../output.ts";

/** One word that may stand in a command line, and what it means. */
type Word = { readonly text: string; readonly meaning: string };

/** What may follow a command, or the program itself. */
type Place = { readonly command: string; readonly words: readonly Word[]; readonly options: readonly Word[] };

function optionsOf(command: Command): Word[] {
  return command.options
    .filter((option) => !option.hidden)
    .flatMap(({ short, long, description }) =>
      [short, long].flatMap((text) => (text ? [{ text, meaning: description }] : [])),
    );
}

/** The words a command takes as arguments, where they are a fixed set. */
function choicesOf(command: Command): Word[] {
  return command.registeredArguments
    .flatMap(({ argChoices }) => argChoices ?? [])
    .map((text) => ({ text, meaning: "" }));
}

function placesOf(program: Command): readonly Place[] {
  const everywhere = optionsOf(program);
  const commands = program.commands.map((command) => ({
    text: command.name(),
    meaning: command.description(),
  }));
  const inner = program.commands.map((command) => ({
    command: command.name(),
    words: choicesOf(command),
    options: [...optionsOf(command), ...everywhere],
  }));
  return [{ command: "", words: commands, options: everywhere }, ...inner];
}

function texts(words: readonly Word[]): string {
  return words.map((word) => word.text).join(" ");
}
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function bash(name: string, places: readonly Place[]): string {
  return `_lightfast_mcp() {
  local word place= current=\${COMP_WORDS[COMP_CWORD]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      ${texts(places[0]?.words ?? []).replaceAll(" ", "|")}) place=$word; break ;;
    esac
  done
  case $place in
${places.map(({ command, words, options }) => `    '${command}') COMPREPLY=($(compgen -W "${texts([...words, ...options])}" -- "$current")) ;;`).join("\n")}
  esac
}
complete -o default -F _lightfast_mcp ${name}
`;
}

function zsh(name: string, places: readonly Place[]): string {
  return `#compdef ${name}
_lightfast_mcp() {
  local place= word
  local -a candidates
  for word in \${words[2,CURRENT-1]}; do
    case $word in
      ${texts(places[0]?.words ?? []).replaceAll(" ", "|")}) place=$word; break ;;
    esac
  done
  case $place in
${places
  .map(({ command, words, options }) => {
    const entries = [...words, ...options].map(({ text, meaning }) =>
      quote(`${text.replaceAll(":", "\\:")}${meaning ? `:${meaning}` : ""}`),
    );
    return `    '${command}') candidates=(\n      ${entries.join("\n      ")}\n    ) ;;`;
  })
  .join("\n")}
  esac
  _describe 'lightfast-mcp' candidates || _files
}
compdef _lightfast_mcp ${name}
`;
}

function fish(name: string, places: readonly Place[]): string {
  return places
    .flatMap(({ command, words, options }) => {
      const when = command ? `__fish_seen_subcommand_from ${command}` : "__fish_use_subcommand";
      const line = (flag: string, meaning: string) =>
        `complete -c ${name} -n ${quote(when)} ${flag}${meaning ? ` -d ${quote(meaning)}` : ""}`;
      return [
        ...words.map(({ text, meaning }) => line(`-a ${quote(text)}`, meaning)),
        ...options.map(({ text, meaning }) =>
          line(text.startsWith("--") ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`, meaning),
        ),
      ];
    })
    .join("\n");
}

const SHELLS = { bash, zsh, fish };

export type Shell = keyof typeof SHELLS;

/** Prints what a shell must read to complete this program's commands and options; made from the program itself. */
export function completion(shell: Shell, program: Command): void {
  print(SHELLS[shell](program.name(), placesOf(program)));
}
