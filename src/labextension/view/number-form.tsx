import * as React from 'react';

interface NumberFormProps {
  /** What the number counts, for screen readers. */
  readonly label: string;
  readonly initial: number;
  readonly button: string;
  readonly isPrimary?: boolean;
  readonly isDisabled: boolean;
  readonly onSubmit: (n: number) => void;
}

/** A number of engines and a button that does something with it. */
export function NumberForm(props: NumberFormProps): React.JSX.Element {
  const { label, initial, button, isPrimary = false, isDisabled, onSubmit } = props;
  const [typed, setTyped] = React.useState<string>();
  const value = typed ?? String(initial);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    onSubmit(Number(value)); // the browser has checked it
    setTyped(undefined);
  };
  return (
    <form className="pxlab-number-form" onSubmit={submit}>
      <input
        className="pxlab-number"
        type="number"
        aria-label={label}
        min={1}
        max={1024}
        step={1}
        required
        value={value}
        disabled={isDisabled}
        onChange={(event) => setTyped(event.target.value)}
      />
      <button
        className={isPrimary ? 'pxlab-button pxlab-primary' : 'pxlab-button'}
        type="submit"
        disabled={isDisabled}
      >
        {button}
      </button>
    </form>
  );
}
