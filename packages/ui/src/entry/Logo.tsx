/** The mark: two speech lines that meet, drawn here so that no file and no font is needed. */
export function Logo({ size = 26 }: { readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="2.3"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      <path d="M4 19V6l8 8 8-8v13" />
    </svg>
  );
}
