/** Going on with changed keys that were not compared: said plainly, and only for the keys that are shown now. */
import { nameOf, type Contact } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { Confirm } from "../parts/Dialog.tsx";
import { isolated } from "../words/isolated.ts";

export function AcceptChange({ contact, onClose }: { readonly contact: Contact; readonly onClose: () => void }) {
  const { client, words, toasts } = useEnvironment();
  const { account } = contact;
  const accept = async (): Promise<void> => {
    const number = await client.intents.safetyNumber({ account });
    const answer = number.ok ? await client.intents.acceptChangedKey({ account, digits: number.value.digits }) : number;
    if (!answer.ok) toasts.say(answer.error.type === "changedMeanwhile" ? words.errors.changedMeanwhile : words.people.unknownText);
  };
  return (
    <Confirm
      title={words.trust.acceptChangeTitle}
      text={words.trust.acceptChangeText(isolated(nameOf(contact)))}
      action={words.trust.acceptChange}
      onConfirm={accept}
      onClose={onClose}
    />
  );
}
