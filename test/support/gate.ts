/** A promise that the test settles when it wants what waits for it to go on. */
export type Gate<T = void> = {
  readonly promise: Promise<T>;
  open(value: T): void;
};

export function createGate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
