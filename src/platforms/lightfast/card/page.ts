import { type CardState, type HostContext, type Json, type Timers, watchSignal } from "./watch.ts";

/** The parts of a browser's window that the card uses. The types of the whole DOM would hold for the server's code, too. */
export type PageWindow = Timers & {
  readonly document: {
    readonly documentElement: CardElement;
    readonly hidden: boolean;
    querySelector(selector: string): unknown;
    querySelectorAll(selector: string): Iterable<unknown>;
    createElement(name: string): unknown;
    addEventListener(type: "visibilitychange", listener: () => void): void;
  };
  readonly parent: { postMessage(message: unknown, targetOrigin: string): void };
  readonly ResizeObserver: new (onResize: () => void) => { observe(element: CardElement): void };
  addEventListener(type: "message", listener: (event: { data: unknown; source: unknown }) => void): void;
};

export type CardElement = {
  textContent: string | null;
  hidden: boolean;
  className: string;
  ariaCurrent: string | null;
  onclick: (() => void) | null;
  readonly dataset: Record<string, string>;
  readonly style: { colorScheme: string; padding: string; setProperty(name: string, value: string): void };
  readonly scrollHeight: number;
  readonly clientHeight: number;
  readonly offsetHeight: number;
  append(...elements: CardElement[]): void;
  replaceChildren(...elements: CardElement[]): void;
  focus(): void;
};

/** A row of the card's table: its label and value, a reason, and classes of its style. */
export type Fact = readonly [label: string, value: string, reason?: string, look?: string];

/** Who sees a signal: the values of the tool's schema. */
const AUDIENCES: Readonly<Record<string, string>> = {
  user: "Only its creator",
  team: "The team",
  needs_review: "Its creator, until a review",
};
const FAILED = "Lightfast gives no reason. Create it again if it still matters.";
const MAX_PEOPLE = 10;
const SIDES = ["top", "right", "bottom", "left"];
/** As in the style, in pixels. */
const PADDING = 16;

/** Shows the card and follows its signal. Texts of others become text nodes, never markup. */
export function openPage(window: PageWindow): void {
  const { document } = window;
  const find = (selector: string) => document.querySelector(selector) as CardElement;
  const [main, text, more, retry] = ["main", "#text", "#more", "#retry"].map(find) as [
    CardElement,
    CardElement,
    CardElement,
    CardElement,
  ];
  let { locale, timeZone }: HostContext = {};
  let state: CardState = {};

  const create = (name: string, content: string, ...children: CardElement[]): CardElement => {
    const element = document.createElement(name) as CardElement;
    element.textContent = content;
    element.append(...children);
    return element;
  };
  /** Live regions speak when their content is set, changed or not. */
  const put = (selector: string, content: string): void => {
    const element = find(selector);
    if (element.textContent !== content) element.textContent = content;
    element.hidden = !content;
  };
  const offerMore = (): void => {
    more.hidden = !text.className || text.scrollHeight <= text.clientHeight;
  };
  const row = ([label, value, reason, look = ""]: Fact): CardElement => {
    const element = create("div", "", create("dt", label), create("dd", value));
    if (reason) element.append(create("dd", reason));
    element.className = look;
    return element;
  };
  const show = (next: CardState): void => {
    state = next;
    const { id, status = "", signal = {}, problem } = state;
    const trouble = problem || (status === "failed" ? FAILED : "");
    const classification = signal.classification as Json | undefined;
    main.dataset.status = status || (trouble && "failed");
    put("#status", humanize(status) || (trouble ? "No result" : state.text ? "Recording" : "Loading"));
    put("#text", state.text ?? "");
    offerMore();

    find("ol").hidden = !status;
    put("li:last-child", status === "failed" ? "Failed" : "Classified");
    for (const step of document.querySelectorAll("li") as Iterable<CardElement>)
      step.ariaCurrent = step.textContent === humanize(status) ? "step" : null;

    find("section").hidden = !classification;
    put("h2", textOf(classification?.title));
    put("#summary", textOf(classification?.summary));
    find("dl").replaceChildren(...factsOf(signal).map(row));
    put("#problem", trouble);
    retry.hidden = !state.canRetry;
    find(".trouble").hidden = !trouble;
    put("#id", id ?? "");
    put("#date", dateOf(textOf(signal.createdAt), locale, timeZone));
  };
  const apply = (context: HostContext): void => {
    const { style } = document.documentElement;
    if (context.theme) style.colorScheme = context.theme;
    for (const [name, value] of Object.entries(context.styles?.variables ?? {}))
      if (value) style.setProperty(name, value);
    const insets = context.safeAreaInsets;
    if (insets) main.style.padding = SIDES.map((side) => `${PADDING + (insets[side] ?? 0)}px`).join(" ");
    locale = context.locale ?? locale;
    timeZone = context.timeZone ?? timeZone;
    show(state);
  };

  const send = (message: Json): void => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const {
    start,
    receive,
    setHidden,
    retry: again,
  } = watchSignal({
    send,
    show,
    apply,
    timers: window,
  });
  window.addEventListener("message", ({ data, source }) => {
    if (source === window.parent) receive(data);
  });
  const watchVisibility = (): void => setHidden(document.hidden);
  document.addEventListener("visibilitychange", watchVisibility);
  watchVisibility();
  // Both buttons disappear, and the focus would be lost with them.
  retry.onclick = () => {
    main.focus();
    again();
  };
  more.onclick = () => {
    main.focus();
    text.className = "";
    offerMore();
  };
  new window.ResizeObserver(() => {
    offerMore();
    send({ method: "ui/notifications/size-changed", params: { height: main.offsetHeight } });
  }).observe(main);
  start();
}

/** What the card tells of a classified signal: kind, priority, next action, routing and people. */
export function factsOf(signal: Json): readonly Fact[] {
  const classification = (signal.classification ?? {}) as Json;
  const { visibility, review } = (classification.routing ?? {}) as Record<string, Json | undefined>;
  const scope = textOf(visibility?.scope ?? signal.visibilityScope);
  const priority = textOf(classification.priority);
  const people = ((signal.entityLinks ?? []) as Json[]).map(({ resolvedPerson, label }) =>
    textOf((resolvedPerson as Json | null)?.displayName ?? label),
  );
  const facts: readonly Fact[] = [
    ["Kind", humanize(textOf(classification.kind))],
    ["Priority", humanize(priority), "", /high|urgent/.test(priority) ? "alarm" : ""],
    ["Assessment", humanize(textOf(classification.disposition))],
    ["Next action", textOf(classification.nextAction), "", "wide act"],
    ["Visible to", AUDIENCES[scope] ?? humanize(scope), textOf(visibility?.rationale), "wide"],
    [
      "Review",
      review?.required ? humanize(textOf(review.reason)) || "Required" : "",
      textOf(review?.rationale),
      "wide",
    ],
    ["People", [...new Set(people)].filter(Boolean).slice(0, MAX_PEOPLE).join(", "), "", "wide"],
  ];
  return facts.filter(([, value]) => value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `follow_up` becomes `Follow up`. */
function humanize(value: string): string {
  return value.charAt(0).toUpperCase() + value.slice(1).replaceAll("_", " ");
}

/** The date in the client's locale and time zone; unchanged if a client names ones that do not exist. */
function dateOf(value: string, locale?: string, timeZone?: string): string {
  try {
    const style = { dateStyle: "medium", timeStyle: "short", timeZone } as Intl.DateTimeFormatOptions;
    return value && new Date(value).toLocaleString(locale, style);
  } catch {
    return value;
  }
}
