# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %%
# Eval First. Press Shift+Enter once: hold Shift, press Enter.
# Do the same each time you come back.
from IPython.display import display

from evalfirst.widgets import faq, ladder_table, router, symptom_finder, thesis

display(router(), thesis(), ladder_table(), symptom_finder(), faq())

# %% [markdown]
# ## How this course works
#
# You build one product: the support desk of a small web-hosting company. Phase 1 ships the feature that sorts its tickets. Each later phase hands you more of its quality, until the question is what to build at all.
#
# The model you work with runs on your own machine. It is small and often wrong, and that is why it is here: a model that is always right gives you nothing to measure.
#
# - **Run a cell** with Shift+Enter, from top to bottom. A cell is a box like the one at the top.
# - **Write your answer** where a cell shows `...`, then run the check below it. The check says what passed, what did not, and why that matters. Try as often as you like.
# - **Nothing gets lost.** Answers and labels are saved as you give them. They lie in this folder, and an update of the course does not touch it.
# - **No account, no key, no cost.** A model of your own can be plugged in later.
#
# Take the phases in any order. The six questions only say where your time is spent best. Answer them again after each phase: what changes is the point.
