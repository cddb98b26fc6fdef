/** All keys on one sheet. */
import { useWords } from "../environment.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { modifierName } from "./keys.ts";
import css from "./KeysSheet.module.css";

export function KeysSheet({ onClose }: { readonly onClose: () => void }) {
  const { keys } = useWords();
  const modifier = modifierName();
  const groups: readonly (readonly [string, readonly (readonly [string, readonly (readonly string[])[]])[]])[] = [
    [
      keys.everywhere,
      [
        [keys.find, [[modifier, "K"]]],
        [keys.help, [["?"]]],
        [keys.back, [[keys.escape]]],
      ],
    ],
    [
      keys.inLists,
      [
        [keys.next, [["J"], ["↓"]]],
        [keys.previous, [["K"], ["↑"]]],
        [keys.open, [[keys.enter]]],
      ],
    ],
    [
      keys.writing,
      [
        [keys.send, [[keys.enter]]],
        [keys.lineBreak, [[keys.shift, keys.enter]]],
      ],
    ],
    [
      keys.inCall,
      [
        [keys.accept, [[modifier, keys.enter]]],
        [keys.microphone, [[modifier, "D"]]],
        [keys.camera, [[modifier, "E"]]],
        [keys.pushToTalk, [[keys.space]]],
      ],
    ],
  ];
  return (
    <Dialog title={keys.title} onClose={onClose} size="wide">
      <div className={css.groups}>
        {groups.map(([title, rows]) => (
          <section key={title}>
            <h3 className={css.group}>{title}</h3>
            <dl className={css.keys}>
              {rows.map(([what, ways]) => (
                <div key={what} className={css.row}>
                  <dt>{what}</dt>
                  <dd>
                    {ways.map((way) => (
                      <span key={way.join(" ")} className={css.way}>
                        {way.map((key) => (
                          <kbd key={key} className={css.key}>
                            {key}
                          </kbd>
                        ))}
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
