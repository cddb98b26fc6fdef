/** Copies a text and says so in its place; says what to do where the browser refuses. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button, type ButtonKind } from "./Button.tsx";

export function CopyButton({
  text,
  label,
  kind = "plain",
}: {
  readonly text: string;
  readonly label: string;
  readonly kind?: ButtonKind;
}) {
  const { words, toasts } = useEnvironment();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      toasts.say(words.common.copyFailed);
    }
  };
  return (
    <Button kind={kind} icon={copied ? Check : Copy} onClick={copy}>
      {copied ? words.common.copied : label}
    </Button>
  );
}
