// Package chart draws series over time in characters.
//
// A column of a chart goes from the least to the greatest of its points, so that
// no spike is lost, however long the time is. Read chart.go first: it maps points
// to dots. canvas.go turns dots into characters, axis.go chooses round ticks,
// spark.go draws a series in one line.
package chart
