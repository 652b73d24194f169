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
from IPython.display import display

from evalfirst.widgets import faq, ladder_table, router, symptom_finder, thesis

display(router(), thesis(), ladder_table(), symptom_finder(), faq())

# %% [markdown]
# ## How this course works
#
# You build one product: the support desk of a small web-hosting company. In each phase you own more of its quality. Phase 1 ships the feature that sorts tickets. Later phases add answers, a trend, a business case, a standard, and at last the decision what to build at all.
#
# The model that you work with is small, runs on your own machine, and is often wrong. That is on purpose. A model that is always right teaches nobody to measure.
#
# - **Run a cell** with Shift+Enter. A cell is a box like the one at the top. Run them from top to bottom.
# - **Write your answer** where a cell shows `...`, then run the check below it. It tells you what passed, what did not, and why that matters. You can try as often as you like.
# - **Nothing is lost.** Answers and labels are saved when you give them. Your work lies in this folder, and updating the course does not touch it.
# - **No account, no key, no cost.** If you have a model of your own, you can use it later.
#
# Take the phases in any order. The six questions only say where your time is spent best. Come back and answer them again after a phase.
