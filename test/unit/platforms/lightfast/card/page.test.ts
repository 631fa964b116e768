import { describe, expect, test } from "vitest";
import {
  type CardElement,
  factsOf,
  openPage,
  type PageWindow,
} from "../../../../../src/platforms/lightfast/card/page.ts";

const CLASSIFICATION = {
  disposition: "needs_context",
  kind: "follow_up",
  priority: "normal",
  nextAction: "Ask for a date.",
  routing: {
    visibility: { scope: "team", rationale: "Shared work." },
    review: { required: false, reason: null, rationale: null },
  },
};

/** The rows as label and value. */
function rowsOf(signal: Parameters<typeof factsOf>[0]): Readonly<Record<string, string>> {
  return Object.fromEntries(factsOf(signal).map(([label, value]) => [label, value]));
}

describe("the table of a card", () => {
  test("has kind, priority, next action and routing in words", () => {
    expect(rowsOf({ classification: CLASSIFICATION })).toEqual({
      Kind: "Follow up",
      Priority: "Normal",
      Assessment: "Needs context",
      "Next action": "Ask for a date.",
      "Visible to": "The team",
    });
  });

  test("says why someone must review it", () => {
    const routing = {
      visibility: { scope: "needs_review" },
      review: { required: true, reason: "personal_data", rationale: "Names a patient." },
    };
    const facts = factsOf({ classification: { ...CLASSIFICATION, routing } });
    expect(facts).toContainEqual(["Review", "Personal data", "Names a patient.", "wide"]);
    expect(facts).toContainEqual(["Visible to", "Its creator, until a review", "", "wide"]);
  });

  test("stands out where the priority is high", () => {
    for (const [priority, look] of [
      ["low", ""],
      ["high", "alarm"],
      ["urgent", "alarm"],
    ] as const)
      expect(factsOf({ classification: { priority } })[0]?.[3]).toBe(look);
  });

  test("names each person once, and at most ten", () => {
    const named = (displayName: string | null, label: string) => ({
      label,
      resolvedPerson: displayName && { displayName },
    });
    const entityLinks = [named("Ada Lovelace", "Ada"), named("Ada Lovelace", "@ada"), named(null, "Bob")];
    expect(rowsOf({ entityLinks }).People).toBe("Ada Lovelace, Bob");
    const many = Array.from({ length: 30 }, (_, index) => named(null, `P${index}`));
    expect(rowsOf({ entityLinks: many }).People?.split(", ")).toHaveLength(10);
  });

  test.each([{}, { classification: null }, { classification: { kind: 1, routing: null } }])(
    "is empty for %j",
    (signal) => {
      expect(factsOf(signal)).toEqual([]);
    },
  );

  test("shows values that it does not know, and the visibility of a signal without routing", () => {
    const classification = { kind: "brand_new" };
    expect(rowsOf({ classification, visibilityScope: "whole_company" })).toEqual({
      Kind: "Brand new",
      "Visible to": "Whole company",
    });
  });
});

const ID = "signal_123e4567-e89b-12d3-a456-426614174000";

/** An element that keeps what it is given, and counts how often its text is set. */
function fakeElement(): CardElement & { readonly children: CardElement[]; sets: number } {
  let text: string | null = "";
  const children: CardElement[] = [];
  const element = {
    ...{ hidden: true, className: "clip", ariaCurrent: null, onclick: null, dataset: {}, children, sets: 0 },
    ...{ scrollHeight: 10, clientHeight: 10, offsetHeight: 120, focus: () => {} },
    style: { colorScheme: "", padding: "", setProperty: () => {} },
    append: (...more: CardElement[]) => void children.push(...more),
    replaceChildren: (...more: CardElement[]) => void children.splice(0, children.length, ...more),
    get textContent() {
      return text;
    },
    set textContent(next) {
      text = next;
      element.sets += 1;
    },
  };
  return element;
}

/** The page in a window without layout, and its client. */
function openInFake() {
  const elements = new Map<string, ReturnType<typeof fakeElement>>();
  const find = (selector: string) => {
    const element = elements.get(selector) ?? fakeElement();
    elements.set(selector, element);
    return element;
  };
  const posted: { message: unknown; origin: string }[] = [];
  let listener: (event: { data: unknown; source: unknown }) => void = () => {};
  let onResize = () => {};
  const parent = {
    postMessage: (message: unknown, origin: string) => void posted.push({ message, origin }),
  };
  const window: PageWindow = {
    document: {
      documentElement: find("html"),
      hidden: false,
      querySelector: find,
      querySelectorAll: () => [],
      createElement: fakeElement,
      addEventListener: () => {},
    },
    parent,
    ResizeObserver: class {
      constructor(changed: () => void) {
        onResize = changed;
      }
      observe() {}
    },
    addEventListener: (_, next) => {
      listener = next;
    },
    setTimeout: () => 0,
    clearTimeout: () => {},
  };
  openPage(window);
  const receive = (data: object, source: unknown = parent) => listener({ data, source });
  receive({ id: 1, result: { hostCapabilities: { serverTools: {} }, hostContext: { timeZone: "UTC" } } });
  const resultIs = (signal: object, source?: unknown) =>
    receive({ method: "ui/notifications/tool-result", params: { structuredContent: signal } }, source);
  return { find, posted, receive, resultIs, resize: () => onResize() };
}

describe("the page", () => {
  test("speaks JSON-RPC with its parent, and reports its height", () => {
    const { posted, resize } = openInFake();
    resize();
    expect(posted.map(({ origin }) => origin)).toEqual(["*", "*", "*"]);
    expect(posted.map(({ message }) => message)).toMatchObject([
      { jsonrpc: "2.0", id: 1, method: "ui/initialize" },
      { jsonrpc: "2.0", method: "ui/notifications/initialized" },
      { jsonrpc: "2.0", method: "ui/notifications/size-changed", params: { height: 120 } },
    ]);
  });

  test("ignores messages of other windows", () => {
    const { find, resultIs } = openInFake();
    resultIs({ id: ID, status: "classified", input: "hello" }, {});
    expect(find("#status").textContent).toBe("Loading");
    resultIs({ id: ID, status: "classified", input: "hello" });
    expect(find("#status").textContent).toBe("Classified");
  });

  test("shows a signal, and says its status once", () => {
    const { find, receive, resultIs } = openInFake();
    receive({ method: "ui/notifications/tool-input", params: { arguments: { input: "hello" } } });
    expect([find("#status").textContent, find("#text").textContent]).toEqual(["Recording", "hello"]);
    const signal = { id: ID, input: "hello", createdAt: "2026-11-28T16:40:00.000Z" };
    resultIs({ ...signal, status: "queued" });
    const { sets } = find("#status");
    resultIs({ ...signal, status: "queued" });
    expect(find("#status")).toMatchObject({ textContent: "Queued", sets });
    resultIs({ ...signal, status: "classified", classification: CLASSIFICATION });
    expect(find("dl").children).toHaveLength(5);
    expect(find("#date").textContent).toMatch(/2026.*4:40/);
    expect(find("section").hidden).toBe(false);
  });

  test("shows a date as it is where the client names a time zone that does not exist", () => {
    const { find, receive, resultIs } = openInFake();
    receive({ method: "ui/notifications/host-context-changed", params: { timeZone: "Nowhere/Land" } });
    resultIs({ id: ID, input: "hello", status: "classified", createdAt: "2026-11-28T16:40:00.000Z" });
    expect(find("#date").textContent).toBe("2026-11-28T16:40:00.000Z");
  });

  test("says what to do after a failure", () => {
    const { find, resultIs } = openInFake();
    resultIs({ id: ID, input: "hello", status: "failed" });
    expect(find("#problem").textContent).toBe(
      "Lightfast gives no reason. Create it again if it still matters.",
    );
    expect(find("#retry").hidden).toBe(true);
  });
});
