/** A list of rows. Short ones are simply there, so that the browser's own search finds all of them; long ones keep only what is in sight. */
import type { ReactElement, RefObject } from "react";
import { Virtualizer } from "virtua";

interface RowListProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  /** Pixels, about. */
  readonly rowHeight: number;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly children: (row: T) => ReactElement;
}

const shortList = 120;

export function RowList<T>({ label, rows, rowHeight, scroller, children }: RowListProps<T>) {
  return (
    <div role="list" aria-label={label}>
      {rows.length <= shortList ? (
        rows.map(children)
      ) : (
        <Virtualizer scrollRef={scroller} data={rows} itemSize={rowHeight}>
          {children}
        </Virtualizer>
      )}
    </div>
  );
}
