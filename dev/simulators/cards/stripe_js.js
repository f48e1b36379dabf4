// The part of Stripe.js that authenticates a charge. In the place of the bank's page there is a
// dialog that lets the customer succeed or fail, as Stripe shows it for its test cards.
{
  const base = new URL(document.currentScript.src).origin;

  const request = async (body) => {
    // Text, so that the browser asks for no permission first.
    const response = await fetch(`${base}/_stripe_js`, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    return response.ok ? { paymentIntent: answer } : { error: answer.error };
  };

  const askCustomer = ({ amount, currency }) =>
    new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      const text = document.createElement("p");
      text.textContent = `Your bank (simulated): pay ${amount} (minor units, ${currency.toUpperCase()})?`;
      dialog.setAttribute("aria-label", "Your bank");
      dialog.append(text);
      const answers = [
        ["Complete authentication", true],
        ["Fail authentication", false],
      ];
      for (const [label, authenticates] of answers) {
        const button = document.createElement("button");
        button.textContent = label;
        button.addEventListener("click", () => resolve(authenticates));
        dialog.append(button, " ");
      }
      dialog.addEventListener("cancel", () => resolve(false));
      document.body.append(dialog);
      dialog.showModal();
    }).finally(() => {
      for (const dialog of document.querySelectorAll("dialog[aria-label='Your bank']")) {
        dialog.remove();
      }
    });

  window.Stripe = (publishableKey) => {
    if (!/^pk_(test|live)_/.test(publishableKey)) {
      throw new Error("Stripe.js requires a publishable key.");
    }
    return {
      retrievePaymentIntent: (secret) => request({ client_secret: secret }),
      confirmCardPayment: async (secret, data = {}) => {
        const found = await request({ client_secret: secret });
        if (found.error) {
          return found;
        }
        const authenticates = await askCustomer(found.paymentIntent);
        const result = await request({ client_secret: secret, authenticates, ...data });
        const failure = result.paymentIntent?.last_payment_error;
        return failure ? { error: failure } : result;
      },
    };
  };
}
