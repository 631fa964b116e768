import type { Argument, Command, Option } from "commander";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import { listProfiles } from "../../platforms/lightfast/config/profiles.ts";
import { print } from "../output.ts";
import { visibleCommands } from "../usage.ts";

/** A word that may come next. */
type Candidate = { readonly text: string; readonly description?: string | undefined };

/** Longer descriptions are cut, in characters. */
const MAX_DESCRIPTION = 60;

/** The line that asks the shell for files; what follows it is the start of the word before the file's path. */
const FILES = ":files";

/**
 * The scripts ask the program at each Tab, so they know every command, option and login without being printed again.
 * Each line of the response is a word and its description, separated by a tab.
 */
const SCRIPTS = {
  // bash splits words at = : and @, so they are joined again. Candidates begin after the last = or :, but with an @.
  bash: `_lightfast_mcp() {
  local i text rest head path breaks="[\${COMP_WORDBREAKS//[!=:]/}]"
  local -a words=() found=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((\${#words[@]} > 0)) && [[ \${COMP_WORDS[i]} == [=:@]* || \${COMP_WORDS[i - 1]} == *[=:@] ]]; then
      words[\${#words[@]} - 1]+=\${COMP_WORDS[i]}
    else
      words+=("\${COMP_WORDS[i]}")
    fi
  done
  local current=\${words[\${#words[@]} - 1]}
  head=\${current%"\${current##*$breaks}"}
  while IFS=$'\\t' read -r text rest; do
    if [[ $text == ${FILES} ]]; then
      [[ -z $rest ]] && compopt -o filenames 2>/dev/null
      while IFS= read -r path; do
        path=$rest$path
        found+=("\${path#"$head"}")
      done < <(compgen -f -- "\${current#"$rest"}")
    else
      [[ $text == *= ]] && compopt -o nospace 2>/dev/null
      found+=("\${text#"$head"}")
    fi
  done < <("$1" __complete -- "\${words[@]}" 2>/dev/null)
  COMPREPLY=("\${found[@]}")
}
complete -F _lightfast_mcp lightfast-mcp`,
  zsh: `#compdef lightfast-mcp
_lightfast_mcp() {
  local line text
  local -a found space
  for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    text=\${line%%$'\\t'*}
    if [[ $text == ${FILES} ]]; then
      compset -P "\${(b)line#*$'\\t'}"
      _files
      return
    fi
    [[ $text == *= ]] && space=(-S '')
    [[ -n $text ]] && found+=("\${text//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V 'lightfast-mcp' found "\${(@)space}"
}
compdef _lightfast_mcp lightfast-mcp
[[ $funcstack[1] == _lightfast_mcp ]] && _lightfast_mcp`,
  fish: `function __lightfast_mcp_complete
  set -l current (commandline -ct)
  set -l words (commandline -opc) "$current"
  for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    set -l parts (string split -m 1 \\t -- $line)
    if test "$parts[1]" = ${FILES}
      for path in (__fish_complete_path (string sub -s (math 1 + (string length -- "$parts[2]")) -- "$current"))
        echo $parts[2]$path
      end
    else
      echo $line
    end
  end
end
complete -c lightfast-mcp -f -a '(__lightfast_mcp_complete)'`,
} as const;

export type Shell = keyof typeof SCRIPTS;

export const SHELLS = Object.keys(SCRIPTS) as readonly Shell[];

/** Prints the completion script of a shell. */
export function completion(shell: Shell): void {
  print(SCRIPTS[shell]);
}

/** What decides the words that may come next. */
type Position = {
  readonly command: Command;
  /** Arguments of the command so far. */
  readonly operands: readonly string[];
  /** The option whose value comes next. */
  readonly option?: Option | undefined;
  readonly hasOptions: boolean;
};

/** Returns the tools of a command's platform. */
type ToolsOf = (command: Command) => Promise<readonly ToolDefinition[]>;

/**
 * Prints the words that may come next, for the scripts above. They follow the program's commands, options and arguments.
 * @param words what follows the program's name, with the unfinished word last
 */
export async function complete(program: Command, words: readonly string[], toolsOf: ToolsOf): Promise<void> {
  const current = words.at(-1) ?? "";
  const position = findPosition(program, words.slice(0, -1));
  const [flag = "", value] = splitFlag(current);
  const option =
    position.option ??
    (position.hasOptions && value !== undefined ? findOption(position.command, flag) : undefined);
  const lead = !position.option && option ? `${flag}=` : "";
  const candidates = option
    ? await valuesOf(option, position, current.slice(lead.length), toolsOf)
    : await wordsAt(position, current, toolsOf);
  for (const { text, description = "" } of candidates) {
    if (text === FILES) print(`${FILES}\t${lead}${description}`);
    else if (`${lead}${text}`.startsWith(current)) print(`${lead}${text}\t${shorten(description)}`);
  }
}

function findPosition(program: Command, words: readonly string[]): Position {
  let position: Position = { command: program, operands: [], hasOptions: true };
  for (const word of words) position = step(position, word);
  return position;
}

function step({ option, ...position }: Position, word: string): Position {
  const { command, operands, hasOptions } = position;
  if (option) return position;
  if (hasOptions && word === "--") return { ...position, hasOptions: false };
  if (hasOptions && word.startsWith("-")) {
    const [flag = "", value] = splitFlag(word);
    const given = findOption(command, flag);
    return { ...position, option: given?.required && value === undefined ? given : undefined };
  }
  const child = operands.length === 0 && command.commands.find((candidate) => candidate.name() === word);
  return child
    ? { command: child, operands: [], hasOptions }
    : { ...position, operands: [...operands, word] };
}

function splitFlag(word: string): readonly [flag: string, value?: string] {
  const at = word.indexOf("=");
  return word.startsWith("-") && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
}

/** Options before a command belong to the commands above it. */
function findOption(command: Command, flag: string): Option | undefined {
  const own = command.options.find(({ long, short }) => long === flag || short === flag);
  return own ?? (command.parent ? findOption(command.parent, flag) : undefined);
}

async function wordsAt(position: Position, current: string, toolsOf: ToolsOf): Promise<readonly Candidate[]> {
  const { command, operands, hasOptions } = position;
  const options = hasOptions ? optionsOf(command) : [];
  if (current.startsWith("-")) return options;
  const children = operands.length === 0 ? visibleCommands(command).map(toCandidate) : [];
  const args = command.registeredArguments;
  const argument = args[operands.length] ?? args.find(({ variadic }) => variadic);
  const values = argument ? await valuesOf(argument, position, current, toolsOf) : [];
  return children.length + values.length > 0 || current !== "" ? [...children, ...values] : options;
}

function toCandidate(command: Command): Candidate {
  return { text: command.name(), description: command.summary() || command.description() };
}

function optionsOf(command: Command): readonly Candidate[] {
  const options = command.createHelp().visibleOptions(command);
  return options.flatMap(({ long, description }) => (long ? [{ text: long, description }] : []));
}

type Place = { readonly position: Position; readonly current: string; readonly toolsOf: ToolsOf };

/** What completes a value, by its name in help. A name without a row has no candidates. */
const COMPLETERS: Readonly<Record<string, (place: Place) => Promise<readonly Candidate[]>>> = {
  profile: async () => listProfiles().map((text) => ({ text })),
  tool: ({ position, toolsOf }) => toolNames(position, toolsOf),
  tools: async ({ position, current, toolsOf }) => inList(current, await toolNames(position, toolsOf)),
  "name=value": completeToolArgument,
  topic: async ({ position }) => {
    const { command, operands } = position;
    const { command: topic } = findPosition(command.parent ?? command, operands);
    return visibleCommands(topic).map(toCandidate);
  },
  file: async () => [{ text: FILES, description: "" }],
  program: async () => [{ text: FILES, description: "" }],
};

async function valuesOf(
  value: Option | Argument,
  position: Position,
  current: string,
  toolsOf: ToolsOf,
): Promise<readonly Candidate[]> {
  const name = "flags" in value ? /[<[]([^>\]]+)/.exec(value.flags)?.[1] : value.name();
  const choices = value.argChoices?.map((text) => ({ text }));
  if (choices) return name === "list" ? inList(current, choices) : choices;
  return (await COMPLETERS[name ?? ""]?.({ position, current, toolsOf })) ?? [];
}

/** Completes the last item of a comma-separated list. */
function inList(current: string, items: readonly Candidate[]): readonly Candidate[] {
  const given = current.split(",").slice(0, -1);
  return items
    .filter(({ text }) => !given.includes(text))
    .map((item) => ({ ...item, text: [...given, item.text].join(",") }));
}

async function toolNames({ command }: Position, toolsOf: ToolsOf): Promise<readonly Candidate[]> {
  return (await toolsOf(command)).map(({ wire }) => ({ text: wire.name, description: wire.title }));
}

/** `input=`, and a file after `input=@`. */
async function completeToolArgument({ position, current, toolsOf }: Place): Promise<readonly Candidate[]> {
  const [lead] = /^\w+=@/.exec(current) ?? [];
  if (lead) return [{ text: FILES, description: lead }];
  const tool = (await toolsOf(position.command)).find(({ wire }) => wire.name === position.operands[0]);
  const properties = Object.entries(tool?.wire.inputSchema.properties ?? {}) as [
    string,
    { description?: string },
  ][];
  return properties.map(([name, { description }]) => ({ text: `${name}=`, description }));
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > MAX_DESCRIPTION ? `${line.slice(0, MAX_DESCRIPTION - 1)}…` : line;
}
