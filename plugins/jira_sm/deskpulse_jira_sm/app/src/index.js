// Starts the panel: asks once, shows the answer, and asks again where the agent wants it.

import React, { useEffect, useState } from "react";
import { invoke } from "@forge/bridge";
import ForgeReconciler from "@forge/react";

import { errorView, feedbackView, loadingView } from "./view.js";

function Panel() {
  const [answer, setAnswer] = useState(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let current = true;
    const show = (found) => { if (current) setAnswer(found); };
    invoke("feedback").then((found) => show(found ?? { error: "unreachable" }), () => show({ error: "unreachable" }));
    return () => { current = false; };
  }, [turn]);

  function again() {
    setAnswer(null);
    setTurn(turn + 1);
  }

  if (answer === null) return loadingView();
  return answer.error ? errorView(answer.error, again) : feedbackView(answer.panel);
}

ForgeReconciler.render(React.createElement(Panel));
