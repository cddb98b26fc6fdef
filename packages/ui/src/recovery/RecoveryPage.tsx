/** Right after sign-up: the recovery key, before anything else. */
import { useWords } from "../environment.ts";
import { RecoveryKey } from "./RecoveryKey.tsx";
import css from "./RecoveryKey.module.css";

export function RecoveryPage() {
  const { recovery } = useWords();
  return (
    <main className={css.page}>
      <div className={css.sheet}>
        <div>
          <h1 className={css.title}>{recovery.title}</h1>
          <p className={css.lead}>{recovery.lead}</p>
        </div>
        {/* Confirmed or postponed, the session says so and this page goes by itself. */}
        <RecoveryKey onDone={() => undefined} />
      </div>
    </main>
  );
}
